"""The store: what lasts, what is refused, and what a killed process leaves."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from autonav_protocol.errors import NotFound, Refused, Unavailable
from autonav_server.worktree.store import MIGRATIONS, Store


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(str(tmp_path / "store"))
    yield opened
    opened.close()


def test_bytes_come_back_by_their_hash(store: Store) -> None:
    contents = [b"", b"\0\xff\r\n", b"x" * 1_000_000]
    digests = store.put_many(contents)
    assert [store.get(each) for each in digests] == contents
    assert [store.put(each) for each in contents] == digests


def test_unknown_and_damaged_objects_are_said(store: Store) -> None:
    digest = store.put(b"hello")
    with pytest.raises(NotFound):
        store.get("0" * 64)
    other = store.put(b"other")
    store.write(
        lambda sql: sql.execute(
            "UPDATE objects SET data = (SELECT data FROM objects WHERE digest = ?) WHERE digest = ?", (other, digest)
        )
    )
    with pytest.raises(Unavailable, match="damaged"):
        store.get(digest)


def test_only_the_owner_may_look(store: Store) -> None:
    assert stat.S_IMODE(os.stat(store.directory).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(os.path.join(store.directory, "store.db")).st_mode) == 0o600


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(Refused):
        Store(str(tmp_path / "link"))


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    Store(str(tmp_path / "store")).close()
    path = tmp_path / "store/store.db"
    with sqlite3.connect(path) as sql:
        sql.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(Unavailable, match="upgrade AutoNav"):
        Store(str(tmp_path / "store"))
    with sqlite3.connect(path) as sql:
        assert sql.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)


def test_something_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir(mode=0o700)
    (tmp_path / "store/store.db").write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(Unavailable):
        Store(str(tmp_path / "store"))


WRITER = """
import sys
from autonav_server.worktree.store import Store
store = Store(sys.argv[1])
number = 0
while True:
    print(store.put(str(number).encode() * 1000), flush=True)
    number += 1
"""


def test_a_killed_writer_loses_nothing_it_said(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "store")], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline().strip() for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        said += [line.strip() for line in writer.stdout.read().splitlines() if len(line.strip()) == 64]
    store = Store(str(tmp_path / "store"))
    for number, digest in enumerate(said):
        assert store.get(digest) == str(number).encode() * 1000
    store.close()


def test_two_stores_on_one_folder_take_turns(tmp_path: Path) -> None:
    first, second = Store(str(tmp_path / "store")), Store(str(tmp_path / "store"))
    assert second.get(first.put(b"one")) == b"one"
    assert first.get(second.put(b"two")) == b"two"
    first.close()
    second.close()
