"""The durable store: one SQLite database with content-addressed objects and the tables of the other rooms.

One thread owns the connection, so a process has one writer; other processes are kept out for the
length of a transaction by SQLite itself. Every table is created here, by numbered migrations.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import zstandard
from blake3 import blake3

from autonav_protocol.errors import NotFound, Unavailable
from autonav_server.worktree.paths import private_folder

T = TypeVar("T")

MIGRATIONS = (
    """
    CREATE TABLE objects (digest TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE tasks (
        worktree TEXT NOT NULL, slug TEXT NOT NULL, state TEXT NOT NULL, contract TEXT NOT NULL,
        contract_path TEXT NOT NULL, base TEXT NOT NULL, memory TEXT NOT NULL, started_at TEXT NOT NULL,
        PRIMARY KEY (worktree, slug)
    );
    CREATE UNIQUE INDEX one_active_task ON tasks (worktree) WHERE state = 'active';
    CREATE TABLE moments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, worktree TEXT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
        writes TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE ledger (
        sequence INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, surface TEXT NOT NULL,
        data TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL
    );
    CREATE TABLE candidates (
        id TEXT PRIMARY KEY, run TEXT NOT NULL, worktree TEXT NOT NULL, rank INTEGER NOT NULL,
        at TEXT NOT NULL, body TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE tasks ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE tasks ADD COLUMN paused_until TEXT NOT NULL DEFAULT '';
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT, worktree TEXT NOT NULL, slug TEXT NOT NULL, at TEXT NOT NULL,
        surface TEXT NOT NULL, globs TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open'
    );
    """,
    # Objects of checkpoints. `owned`: nobody else put them, so they may be deleted; the trigger ends that when somebody
    # does, as it fires even for an insert that is then ignored. `node`: it is stored with everything it refers to.
    """
    CREATE TABLE state_objects (
        digest TEXT PRIMARY KEY, owned INTEGER NOT NULL, node INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TRIGGER object_put_again BEFORE INSERT ON objects BEGIN
        UPDATE state_objects SET owned = 0 WHERE digest = NEW.digest;
    END;
    CREATE TABLE evaluations (
        key TEXT PRIMARY KEY, worktree TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE review_marks (
        worktree TEXT NOT NULL, mark TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (worktree, mark)
    ) WITHOUT ROWID;
    """,
)
"""Script N takes a store from version N to N + 1; scripts are only ever added."""


class Store:
    """A store in one folder. `put` and `get` hold bytes by their BLAKE3; `read` and `write` run SQL."""

    def __init__(self, directory: str) -> None:
        self.directory = str(private_folder(Path(directory)))
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="autonav-store")
        self._connection = self._run(self._open)

    def put(self, data: bytes) -> str:
        """Keep `data` and return its BLAKE3, hex; keeping the same bytes twice costs nothing."""
        digest = blake3(data).hexdigest()
        packed = zstandard.ZstdCompressor(level=3).compress(data)
        self.write(lambda sql: sql.execute("INSERT OR IGNORE INTO objects VALUES (?, ?)", (digest, packed)))
        return digest

    def put_many(self, contents: list[bytes]) -> list[str]:
        """Keep many contents in one transaction and return their BLAKE3s in order."""
        compressor = zstandard.ZstdCompressor(level=3)
        rows = [(blake3(data).hexdigest(), compressor.compress(data)) for data in contents]
        self.write(lambda sql: sql.executemany("INSERT OR IGNORE INTO objects VALUES (?, ?)", rows))
        return [digest for digest, _ in rows]

    def get(self, digest: str) -> bytes:
        """Return the bytes kept under `digest`, checked against it; raise NotFound when there are none."""
        row = self.read(lambda sql: sql.execute("SELECT data FROM objects WHERE digest = ?", (digest,)).fetchone())
        if row is None:
            raise NotFound(f"the store holds no object {digest[:12]}")
        data = zstandard.ZstdDecompressor().decompress(row[0])
        if blake3(data).hexdigest() != digest:
            raise Unavailable(f"object {digest[:12]} in {self.directory} is damaged", "restore it from a backup")
        return data

    def sizes(self, digests: Iterable[str]) -> dict[str, int]:
        """Return the sizes in bytes of those objects that are kept."""

        def work(sql: sqlite3.Connection) -> dict[str, int]:
            found: dict[str, int] = {}
            for digest in digests:
                row = sql.execute("SELECT data FROM objects WHERE digest = ?", (digest,)).fetchone()
                if row is not None:
                    found[digest] = zstandard.frame_content_size(row[0])
            return found

        return self.read(work)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the connection, in the store's thread."""
        return self._run(lambda: work(self._connection))

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` as one transaction that no other process can interleave."""
        return self._run(lambda: self._transaction(work))

    def close(self) -> None:
        """Close the database and end the thread."""
        self._run(self._connection.close)
        self._thread.shutdown()

    def _run(self, work: Callable[[], T]) -> T:
        try:
            return self._thread.submit(work).result()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"the store in {self.directory} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise
            raise Unavailable(f"the store in {self.directory} is damaged: {error}", "move it away") from error

    def _open(self) -> sqlite3.Connection:
        path = os.path.join(self.directory, "store.db")
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        self._connection = connection
        self._transaction(_migrate)
        return connection

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._connection)
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return result


def _migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise Unavailable(f"the store has schema {version} and this program knows {len(MIGRATIONS)}", "upgrade AutoNav")
    for script in MIGRATIONS[version:]:
        statement = ""
        for line in script.splitlines():
            statement += f"{line}\n"
            if sqlite3.complete_statement(statement):
                connection.execute(statement)
                statement = ""
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
