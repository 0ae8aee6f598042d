"""The ledger: it only grows, and every other change shows."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autonav_server.ledger.chain import GENESIS, WATCH_STARTED, WATCH_STOPPED, append, last_records, verify
from autonav_server.worktree.store import Store


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(str(tmp_path / "store"))
    yield opened
    opened.close()


def test_an_empty_ledger_holds(store: Store) -> None:
    assert verify(store) == (True, None, 0, GENESIS, ())


def test_records_chain_across_processes_and_threads(store: Store, tmp_path: Path) -> None:
    other = Store(str(tmp_path / "store"))
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(lambda n: append(store if n % 2 else other, "test", "cli", {"n": n, "path": "b\udc80"}), range(80))
        )
    other.close()
    found = verify(store)
    assert (found.integrity, found.entries) == (True, 80)
    assert sorted(each.data["n"] for each in last_records(store, 100)) == list(range(80))


@pytest.mark.parametrize(
    ("tamper", "broken_at"),
    [
        ("UPDATE ledger SET data = '{\"n\": 9}' WHERE sequence = 3", 3),
        ("UPDATE ledger SET at = '2020' WHERE sequence = 1", 1),
        ("DELETE FROM ledger WHERE sequence = 2", 3),
        ("UPDATE ledger SET data = 'no json' WHERE sequence = 4", 4),
        ("UPDATE ledger SET sequence = 9 WHERE sequence = 5", 9),
    ],
)
def test_tampering_shows_where(store: Store, tamper: str, broken_at: int) -> None:
    for number in range(5):
        append(store, "test", "cli", {"n": number})
    store.write(lambda sql: sql.execute(tamper))
    found = verify(store)
    assert (found.integrity, found.broken_at) == (False, broken_at)


def test_times_without_a_watcher_are_gaps(store: Store) -> None:
    for kind in (WATCH_STARTED, WATCH_STOPPED, WATCH_STARTED, WATCH_STARTED):
        append(store, kind, "editor", {"root": "/w"})
    found = verify(store)
    assert found.integrity
    assert ["nothing watched" in gap for gap in found.gaps] == [True, False]
    assert "ended without saying so" in found.gaps[1]
