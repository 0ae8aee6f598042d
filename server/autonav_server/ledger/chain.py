"""The ledger: an append-only chain of records, each sealed by the BLAKE3 over itself and the one before.

Integrity says that no record was changed, dropped or inserted. It does not say that everything
was seen: the times in which nothing watched are listed as gaps.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from blake3 import blake3

from autonav_protocol.values.record import LedgerRecord
from autonav_protocol.values.version import FileVersion
from autonav_server.worktree.clock import now
from autonav_server.worktree.store import Store

GENESIS = "0" * 64
WATCH_STARTED, WATCH_STOPPED, WRITTEN = "watch.started", "watch.stopped", "written"


class Verification(NamedTuple):
    """What recomputing the chain showed; `broken_at` is the first bad sequence number."""

    integrity: bool
    broken_at: int | None
    entries: int
    head: str
    gaps: tuple[str, ...]


def append(store: Store, kind: str, surface: str, data: Mapping[str, Any]) -> LedgerRecord:
    """Append a record and return it; processes that append at the same time are put in order."""

    def work(sql: sqlite3.Connection) -> LedgerRecord:
        last = sql.execute("SELECT sequence, digest FROM ledger ORDER BY sequence DESC LIMIT 1").fetchone()
        sequence, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
        record = _sealed(sequence, now(), kind, surface, data, previous)
        sql.execute("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", _row(record))
        return record

    return store.write(work)


def last_records(store: Store, count: int) -> tuple[LedgerRecord, ...]:
    """Return the last `count` records, oldest first."""
    query = "SELECT * FROM (SELECT * FROM ledger ORDER BY sequence DESC LIMIT ?) ORDER BY sequence"
    return tuple(_record(row) for row in store.read(lambda sql: sql.execute(query, (count,)).fetchall()))


def versions(store: Store, root: str, paths: Collection[str]) -> tuple[FileVersion, ...]:
    """Return the versions that watchers of a worktree saw, oldest first; of all files where no paths are given."""
    records = "SELECT at, data FROM ledger WHERE kind = ? ORDER BY sequence"
    rows = store.read(lambda sql: sql.execute(records, (WRITTEN,)).fetchall())
    seen = [
        (at, path, image, mode)
        for at, data in ((at, json.loads(data)) for at, data in rows)
        if data["root"] == root
        for path, image, mode in data["files"]
        if not paths or path in paths
    ]
    sizes = store.sizes({image for _, _, image, _ in seen})
    return tuple(FileVersion(at, path, image, mode, sizes.get(image)) for at, path, image, mode in seen)


def data_of(store: Store, kind: str, root: str, since: str = "") -> Iterator[Mapping[str, Any]]:
    """Yield what the records of one kind say of a worktree, oldest first, from a time on."""
    query = "SELECT data FROM ledger WHERE kind = ? AND at >= ? ORDER BY sequence"
    for (row,) in store.read(lambda sql: sql.execute(query, (kind, since)).fetchall()):
        data = json.loads(row)
        if data.get("root") == root:
            yield data


def verify(store: Store) -> Verification:
    """Recompute the whole chain."""
    rows = store.read(lambda sql: sql.execute("SELECT * FROM ledger ORDER BY sequence").fetchall())
    previous, broken_at = GENESIS, None
    for expected, row in enumerate(rows, 1):
        try:
            record = _record(row)
            sealed = _sealed(row[0], row[1], row[2], row[3], record.data, previous)
        except (ValueError, TypeError):
            broken_at = row[0]
            break
        if record != sealed or record.sequence != expected:
            broken_at = row[0]
            break
        previous = record.digest
    gaps = tuple(_gaps(rows))
    return Verification(broken_at is None, broken_at, len(rows), previous, gaps)


def _gaps(rows: list[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the times in which a worktree with an active task had no watcher."""
    silent_since: dict[str, str] = {}
    watching: dict[str, str] = {}
    for _, at, kind, _, data, _, _ in rows:
        try:
            root = json.loads(data).get("root", "")
        except ValueError:
            continue
        if kind == WATCH_STARTED:
            since = silent_since.pop(root, None)
            if since is None and root in watching:
                since = watching[root]
                yield f"{root}: a watcher ended without saying so between {since} and {at}"
            elif since is not None:
                yield f"{root}: nothing watched from {since} to {at}"
        elif kind == WATCH_STOPPED:
            silent_since[root] = at
            watching.pop(root, None)
            continue
        if root and (kind == WATCH_STARTED or root in watching):
            watching[root] = at


def _sealed(sequence: int, at: str, kind: str, surface: str, data: Mapping[str, Any], previous: str) -> LedgerRecord:
    canonical = json.dumps(
        [sequence, at, kind, surface, data, previous], sort_keys=True, separators=(",", ":"), ensure_ascii=True
    )
    digest = blake3(canonical.encode("ascii")).hexdigest()
    return LedgerRecord(sequence, at, kind, surface, data, previous, digest)


def _row(record: LedgerRecord) -> tuple[Any, ...]:
    data = json.dumps(record.data, sort_keys=True, separators=(",", ":"))
    return (record.sequence, record.at, record.kind, record.surface, data, record.previous, record.digest)


def _record(row: tuple[Any, ...]) -> LedgerRecord:
    return LedgerRecord(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6])
