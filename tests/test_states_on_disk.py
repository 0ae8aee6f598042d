"""States on disk: checkpoints and their garbage in the store, folders read and written exactly."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autonav_analysis.states.entries import EMPTY_FOLDER, EXECUTABLE, FILE, SYMLINK, Entry
from autonav_analysis.states.nodes import encode
from autonav_analysis.states.state import EMPTY, State, build, commit, delete
from autonav_protocol.errors import Conflict, NotFound, Unavailable
from autonav_server.worktree.states import (
    checkpoint,
    collect_garbage,
    contents_of,
    materialise,
    restore,
    state_of_folder,
    switch,
)
from autonav_server.worktree.store import Store


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(str(tmp_path / "store"))
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> bytes:
    """A folder with one of everything a state holds, and names in any bytes."""
    top = tmp_path / "folder"
    (top / "pkg/deep").mkdir(parents=True)
    (top / "empty/inside").mkdir(parents=True)
    (top / "pkg/deep/module.py").write_bytes(b"x = 1\r\n\0")
    (top / "pkg/nothing.txt").write_bytes(b"")
    (top / "run.sh").write_text("#!/bin/sh\n")
    (top / "run.sh").chmod(0o755)
    (top / "pkg/link").symlink_to("../run.sh")
    (top / "dangling").symlink_to("/nowhere/at all")
    (top / "pkg/to a folder").symlink_to("deep")
    (top / "naïve é 漢字").write_text("unicode")
    name = os.fsencode(top) + b"/not utf-8 \xff\xfe\n"
    with open(name, "wb") as file:
        file.write(b"bytes")
    return os.fsencode(top)


def standing(folder: Path | bytes) -> dict[bytes, tuple[str, bytes]]:
    """Return everything below a folder, seen without the code under test."""
    top = os.fsencode(folder)
    found: dict[bytes, tuple[str, bytes]] = {}
    for where, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(where, name)
            mode = os.lstat(path).st_mode
            key = os.path.relpath(path, top)
            if stat.S_ISLNK(mode):
                found[key] = "link", os.readlink(path)
            elif stat.S_ISDIR(mode):
                found[key] = "folder", b""
            else:
                with open(path, "rb") as file:
                    found[key] = "executable" if mode & 0o100 else "file", file.read()
    return found


def written(contents: dict[bytes, bytes]) -> tuple[State, Callable[[bytes], bytes]]:
    """Return the state of files with these contents, and what returns them."""
    entries = {path: Entry(FILE, blake3(data).digest(), len(data)) for path, data in contents.items()}
    return build(entries), {blake3(data).digest(): data for data in contents.values()}.__getitem__


def objects(store: Store) -> set[str]:
    return {row[0] for row in store.read(lambda sql: sql.execute("SELECT digest FROM objects").fetchall())}


def test_a_folder_comes_back_byte_for_byte(store: Store, folder: bytes, tmp_path: Path) -> None:
    read = state_of_folder(folder)
    root = checkpoint(store, read.state, read.fetch)
    restored = restore(store, root)
    materialise(restored, contents_of(store), tmp_path / "again")
    assert standing(tmp_path / "again") == standing(folder)
    assert state_of_folder(tmp_path / "again").state.root.hex() == root
    assert restored.get(b"empty/inside") == EMPTY_FOLDER
    kinds = {path: entry.kind for path, entry in restored}
    assert (kinds[b"run.sh"], kinds[b"pkg/to a folder"], kinds[b"pkg/nothing.txt"]) == (EXECUTABLE, SYMLINK, FILE)
    assert len(restored) == 9


def test_git_is_left_out_and_what_is_no_file_is_said(folder: bytes) -> None:
    before = state_of_folder(folder).state
    for name in (b".git", b"pkg/deep/.git"):
        os.mkdir(os.path.join(folder, name))
        Path(os.fsdecode(os.path.join(folder, name, b"HEAD"))).write_text("ref\n")
    os.mkfifo(os.path.join(folder, b"pipe"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(folder, b"pkg/socket"))
    read = state_of_folder(folder)
    assert read.state == before
    assert read.skipped == (b"pipe", b"pkg/socket")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        state_of_folder(tmp_path / "nowhere")


def test_a_file_that_changed_meanwhile_is_said(store: Store, folder: bytes) -> None:
    read = state_of_folder(folder)
    Path(os.fsdecode(folder) + "/run.sh").write_text("other")
    before = objects(store)
    with pytest.raises(Conflict, match="changed since"):
        checkpoint(store, read.state, read.fetch)
    with pytest.raises(Conflict, match="changed since"):
        checkpoint(store, read.state, lambda _: b"other")
    assert objects(store) == before
    for change in (lambda: None, lambda: os.unlink(folder + b"/run.sh")):
        change()
        with pytest.raises(Conflict, match="changed since"):
            read.fetch(blake3(b"#!/bin/sh\n").digest())


def test_a_checkpoint_stores_and_fetches_only_what_is_new(store: Store) -> None:
    contents = {b"%d/%d" % (number % 9, number): b"%d" % number for number in range(1_000)}
    state, fetch = written(contents)
    checkpoint(store, state, fetch)
    before = objects(store)
    asked: list[bytes] = []
    after, fetch = written(contents | {b"3/3": b"new", b"4/4": b"5"})

    def recorded(digest: bytes) -> bytes:
        asked.append(digest)
        return fetch(digest)

    root = checkpoint(store, after, recorded)
    assert asked == [blake3(b"new").digest()]
    assert len(objects(store) - before) <= 1 + 2 * 3
    assert restore(store, root) == after
    before = objects(store)
    assert checkpoint(store, after, {}.__getitem__) == root
    assert checkpoint(store, restore(store, root), contents_of(store)) == root
    assert objects(store) == before


def test_the_store_may_be_what_contents_come_from(store: Store) -> None:
    store.put(b"one")
    checkpoint(store, written({b"a": b"one"})[0], contents_of(store))
    with pytest.raises(NotFound):
        checkpoint(store, written({b"a": b"two"})[0], contents_of(store))


def test_damage_in_the_store_is_said(store: Store) -> None:
    state, fetch = written({b"%d" % number: b"%d" % number for number in range(100)})
    root = checkpoint(store, state, fetch)
    store.write(lambda sql: sql.execute("UPDATE objects SET data = X'00' WHERE digest = ?", (root,)))
    with pytest.raises(Unavailable, match=root[:12]):
        collect_garbage(store, [root])
    store.write(
        lambda sql: sql.execute(
            "UPDATE objects SET data = (SELECT data FROM objects WHERE digest <> ?) WHERE digest = ?", (root, root)
        )
    )
    for use in (lambda: restore(store, root), lambda: collect_garbage(store, [root])):
        with pytest.raises(Unavailable, match="damaged"):
            use()
    with pytest.raises(NotFound):
        restore(store, "0" * 64)
    with pytest.raises(Unavailable, match="no node"):
        restore(store, store.put(b"a file"))


def test_garbage_is_what_only_dead_states_put(store: Store) -> None:
    foreign = store.put(b"put before")
    put_by_others = written({b"a": b"one"})
    node = store.put(encode(put_by_others[0].top))
    checkpoint(store, *put_by_others)
    live_contents = {b"%d" % number: b"%d" % number for number in range(200)}
    live, live_fetch = written(live_contents)
    dead, dead_fetch = written(
        live_contents | {b"1": b"dead", b"2": b"put before", b"3": b"put after", b"4": b"held", b"5": b"9"}
    )
    checkpoint(store, live, live_fetch)
    before = objects(store)
    root = checkpoint(store, dead, dead_fetch)
    assert store.put(b"put after") == store.put_many([b"put after"])[0]
    held = blake3(b"held").hexdigest()
    deleted = collect_garbage(store, [live.root.hex()], [held])
    after = {foreign, held, blake3(b"put after").hexdigest()}
    assert objects(store) == before - {blake3(b"one").hexdigest()} | after
    assert deleted >= 2 + 1  # two nodes or more, and the content "dead"
    assert restore(store, live.root.hex()) == live
    assert all(store.get(blake3(data).hexdigest()) == data for data in live_contents.values())
    with pytest.raises(NotFound):
        restore(store, root)
    assert checkpoint(store, dead, dead_fetch) == root
    assert restore(store, root) == dead
    assert collect_garbage(store, [root, live.root.hex()]) == 0
    assert collect_garbage(store, []) > 200
    assert objects(store) == {foreign, node, blake3(b"put after").hexdigest()}


def test_a_live_root_that_is_not_there_deletes_nothing(store: Store) -> None:
    state, fetch = written({b"a": b"one"})
    checkpoint(store, state, fetch)
    before = objects(store)
    with pytest.raises(NotFound):
        collect_garbage(store, ["0" * 64])
    assert objects(store) == before


def test_a_content_that_is_a_node_does_not_count_as_its_state(store: Store) -> None:
    inner, inner_fetch = written({b"a": b"one"})
    outer, outer_fetch = written({b"copy": encode(inner.top)})
    checkpoint(store, outer, outer_fetch)  # stores the bytes of the node, not what it refers to
    checkpoint(store, inner, inner_fetch)
    assert store.get(blake3(b"one").hexdigest()) == b"one"
    collect_garbage(store, [outer.root.hex()])  # keeps the bytes, deletes what they would refer to
    checkpoint(store, inner, inner_fetch)
    assert store.get(blake3(b"one").hexdigest()) == b"one"
    collect_garbage(store, [inner.root.hex()])
    assert restore(store, inner.root.hex()) == inner


def test_a_folder_that_holds_something_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        materialise(EMPTY, {}.__getitem__, tmp_path)


NAMES = st.sampled_from([b"a", b"b", b"a.b", b"\xff"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(b"/".join)
KINDS = st.sampled_from([FILE, EXECUTABLE, SYMLINK])
CONTENTS = {blake3(data).digest(): data for data in (b"one", b"two", b"a/b")}
ENTRIES = st.builds(lambda kind, digest: Entry(kind, digest, 3), KINDS, st.sampled_from(list(CONTENTS)))


@st.composite
def states(draw: st.DrawFn) -> State:
    found: dict[bytes, Entry] = {}
    for path, each in draw(st.dictionaries(PATHS, ENTRIES | st.just(EMPTY_FOLDER), max_size=8)).items():
        if not any((path + b"/").startswith(other + b"/") or other.startswith(path + b"/") for other in found):
            found[path] = each
    return build(found)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(states(), min_size=1, max_size=4))
def test_switching_ends_in_the_state(tmp_path_factory: pytest.TempPathFactory, walk: list[State]) -> None:
    folder = tmp_path_factory.mktemp("switched")
    here = EMPTY
    for there in walk:
        switch(folder, here, there, CONTENTS.__getitem__)
        here = there
        read = state_of_folder(folder).state
        # The top itself is no entry; all else on disk is just the state.
        assert list(read) == list(there)


def test_switching_writes_the_difference_and_leaves_the_rest(folder: bytes) -> None:
    read = state_of_folder(folder)
    top = Path(os.fsdecode(folder))
    untouched = {path: os.lstat(path).st_ino for path in (top / "run.sh", top / "pkg/link", top / "dangling")}
    (top / "pkg/deep/left over.pyc").write_text("not of the state")
    new = commit(
        delete(read.state, b"pkg/deep/module.py"),
        {b"pkg/nothing.txt": Entry(FILE, blake3(b"now").digest(), 3), b"empty/inside": None},
    )
    switch(folder, read.state, new, {blake3(b"now").digest(): b"now"}.__getitem__)
    assert {path: os.lstat(path).st_ino for path in untouched} == untouched
    assert (top / "pkg/nothing.txt").read_bytes() == b"now"
    assert (top / "pkg/deep/left over.pyc").exists()
    assert not (top / "empty").exists()
    assert not [name for name in standing(folder) if b".autonav-" in name]


@pytest.mark.parametrize("change", ["write", "delete"])
def test_no_link_leads_out_of_the_folder(tmp_path: Path, change: str) -> None:
    outside, top = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    (outside / "a").write_text("mine")
    old, fetch = written({b"sub/a": b"one"})
    materialise(old, fetch, top)
    (top / "sub/a").unlink()
    (top / "sub").rmdir()
    (top / "sub").symlink_to(outside)
    new, fetch = written({b"sub/a": b"two"} if change == "write" else {})
    with pytest.raises(Conflict, match="not as it was"):
        switch(top, old, new, fetch)
    assert (outside / "a").read_text() == "mine"


def test_a_failed_write_leaves_no_half_a_file(tmp_path: Path) -> None:
    old, fetch = written({b"a": b"one"})
    materialise(old, fetch, tmp_path / "folder")
    (tmp_path / "folder/b").mkdir()
    (tmp_path / "folder/b/left over").write_text("mine")
    new, fetch = written({b"a": b"one", b"b": b"two"})
    with pytest.raises(Conflict, match="not as it was"):
        switch(tmp_path / "folder", old, new, fetch)
    assert sorted(os.listdir(tmp_path / "folder")) == ["a", "b"]
