"""States on disk: checkpoints in the store and their garbage, and folders read into a state and written from one."""

import errno
import os
import secrets
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from typing import NamedTuple, TypeAlias

import zstandard
from blake3 import blake3

from autonav_analysis.states.entries import EMPTY_FOLDER, EXECUTABLE, FILE, FOLDER, SYMLINK, Entry, parent_of
from autonav_analysis.states.state import EMPTY, State, build, diff, load
from autonav_analysis.states.storing import References, nodes, references
from autonav_protocol.errors import Conflict, NotFound, Unavailable
from autonav_server.worktree.store import Store

Fetch = Callable[[bytes], bytes]
"""Returns a content by its BLAKE3, 32 bytes."""

Folder: TypeAlias = str | bytes | os.PathLike[str]

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
ANOTHER_KIND = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENOTEMPTY)


class ReadFolder(NamedTuple):
    """A folder as a state, what reads its contents while they stay there, and the paths of sockets, pipes and devices."""

    state: State
    fetch: Fetch
    skipped: tuple[bytes, ...]


def checkpoint(store: Store, state: State, fetch: Fetch) -> str:
    """Keep a state, storing in one transaction what the store lacks, and return its root, hex.

    `fetch` is asked for the contents that are lacking, outside of the transaction. Raises Conflict when it returns
    others, and what it raises.
    """
    compressor = zstandard.ZstdCompressor(level=3)
    packed: dict[bytes, bytes] = {}
    while lacking := store.write(lambda sql: _insert(sql, state, packed, compressor)):
        for digest in lacking:
            content = fetch(digest)
            if blake3(content).digest() != digest:
                raise Conflict(f"content {digest.hex()[:12]} has changed since it was read", "read the folder again")
            packed[digest] = compressor.compress(content)
    return state.root.hex()


def restore(store: Store, root: str) -> State:
    """Return the state of a root; raise NotFound or Unavailable where the store lacks or damaged something of it."""
    try:
        return load(bytes.fromhex(root), contents_of(store))
    except ValueError as error:
        raise Unavailable(f"state {root[:12]} cannot be read: {error}") from error


def contents_of(store: Store) -> Fetch:
    """Return what reads contents from the store."""
    return lambda digest: store.get(digest.hex())


def collect_garbage(store: Store, live_roots: Iterable[str], also: Iterable[str] = ()) -> int:
    """Delete the objects that only states put and that no live root reaches; return how many.

    `also` are digests of further objects to keep, not of what these refer to. Raises NotFound or Unavailable,
    and deletes nothing, when a live root cannot be read in full.
    """
    roots, kept = list(live_roots), set(also)
    return store.write(lambda sql: _sweep(sql, roots, kept))


def state_of_folder(folder: Folder) -> ReadFolder:
    """Read a folder exactly, `.git` at any depth left out; links are not followed and empty folders are entries.

    A file is executable when its owner may execute it. Raises Unavailable when something cannot be read.
    """
    top = os.fsencode(folder)
    entries: dict[bytes, Entry] = {}
    skipped: list[bytes] = []
    folders: set[bytes] = set()
    try:
        for path, found in _walk(top):
            if stat.S_ISDIR(found.st_mode):
                folders.add(path)
            elif not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
                skipped.append(path)
            elif (content := _read(os.path.join(top, path))) is not None:
                entries[path] = Entry(_kind(found), blake3(content).digest(), len(content))
    except OSError as error:
        raise Unavailable(f"{os.fsdecode(top)} cannot be read: {error}") from error
    where = {entry.digest: os.path.join(top, path) for path, entry in entries.items()}
    holding = {parent_of(path) for path in (*entries, *folders)}
    entries |= dict.fromkeys(folders - holding, EMPTY_FOLDER)
    return ReadFolder(build(entries), lambda digest: _read_again(where[digest], digest), tuple(sorted(skipped)))


def materialise(state: State, fetch: Fetch, folder: Folder) -> None:
    """Write a state to a folder that is empty or not there; raise Conflict for any other."""
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        raise Conflict(f"{os.fsdecode(folder)} is not empty")
    switch(folder, EMPTY, state, fetch)


def switch(folder: Folder, old: State, new: State, fetch: Fetch) -> None:
    """Write the difference between two states to a folder that holds the old one.

    Every file comes by a rename in its folder, and no link is followed, whatever a program left there. What no state
    names stays; folders that became empty go. Nothing is flushed: the store is what lasts. Raises Conflict, with
    the folder part old and part new, when it holds a folder where a file shall be, or the reverse.
    """
    changes = diff(old, new)
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for change in changes:
            if change.before is not None and (
                change.after is None or FOLDER in (change.before.kind, change.after.kind)
            ):
                _remove(top, change.path, change.before.kind)
        wanted = ((change.path, change.after) for change in changes if change.after is not None)
        for parent, group in groupby(wanted, key=lambda each: parent_of(each[0])):
            with _opened(top, parent, create=True) as inside:
                for path, entry in group:
                    _write(inside, path.rpartition(b"/")[2], entry, fetch)
    except OSError as error:
        if error.errno not in ANOTHER_KIND:
            raise
        raise Conflict(
            f"{os.fsdecode(folder)} is not as it was: {error}", "write the state to an empty folder"
        ) from error
    finally:
        os.close(top)


def _insert(
    sql: sqlite3.Connection, state: State, packed: dict[bytes, bytes], compressor: zstandard.ZstdCompressor
) -> list[bytes]:
    """Insert what is lacking; or nothing, and return the contents that are lacking and not in `packed`."""
    found = list(nodes(state, lambda digest: _holds(sql, "state_objects WHERE node AND", digest)))
    named = dict.fromkeys(each for digest, data in found for each in references(digest, data).contents)
    lacking = [digest for digest in named if not _holds(sql, "objects WHERE", digest)]
    if unknown := [digest for digest in lacking if digest not in packed]:
        return unknown
    for digest in lacking:
        sql.execute("INSERT INTO objects VALUES (?, ?)", (digest.hex(), packed[digest]))
        sql.execute("INSERT OR REPLACE INTO state_objects VALUES (?, 1, 0)", (digest.hex(),))
    for digest, data in found:
        name = digest.hex()
        if not _holds(sql, "objects WHERE", digest):
            sql.execute("INSERT INTO objects VALUES (?, ?)", (name, compressor.compress(data)))
            sql.execute("INSERT OR REPLACE INTO state_objects VALUES (?, 1, 1)", (name,))
        else:
            query = "INSERT INTO state_objects VALUES (?, 0, 1) ON CONFLICT (digest) DO UPDATE SET node = 1"
            sql.execute(query, (name,))
    return []


def _holds(sql: sqlite3.Connection, rows: str, digest: bytes) -> bool:
    return sql.execute(f"SELECT 1 FROM {rows} digest = ?", (digest.hex(),)).fetchone() is not None  # noqa: S608 - ours


def _sweep(sql: sqlite3.Connection, roots: list[str], kept: set[str]) -> int:
    reached: set[bytes] = set()
    contents: set[str] = set()
    waiting = [bytes.fromhex(root) for root in roots]
    while waiting:
        digest = waiting.pop()
        if digest not in reached:
            reached.add(digest)
            below = _references(sql, digest)
            waiting += below.nodes
            contents.update(each.hex() for each in below.contents)
    node_names = {digest.hex() for digest in reached}
    live = node_names | contents | kept
    rows = sql.execute("SELECT digest, owned FROM state_objects").fetchall()
    dead = [(digest,) for digest, _ in rows if digest not in live]
    owned = [(digest,) for digest, is_owned in rows if is_owned and digest not in live]
    sql.executemany("DELETE FROM objects WHERE digest = ?", owned)
    sql.executemany("DELETE FROM state_objects WHERE digest = ?", dead)
    # What is kept as a content alone may have lost what it refers to as a node.
    alone = [(digest,) for digest in live - node_names]
    sql.executemany("UPDATE state_objects SET node = 0 WHERE digest = ? AND node", alone)
    return len(owned)


def _references(sql: sqlite3.Connection, digest: bytes) -> References:
    row = sql.execute("SELECT data FROM objects WHERE digest = ?", (digest.hex(),)).fetchone()
    if row is None:
        raise NotFound(f"the store holds no object {digest.hex()[:12]}")
    try:
        data = zstandard.ZstdDecompressor().decompress(row[0])
        if blake3(data).digest() == digest:
            return references(digest, data)
    except (zstandard.ZstdError, ValueError) as error:
        raise Unavailable(f"object {digest.hex()[:12]} cannot be read: {error}") from error
    raise Unavailable(f"object {digest.hex()[:12]} is damaged", "restore it from a backup")


def _walk(top: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    waiting = [b""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(os.path.join(top, folder)) as listed:
            for each in listed:
                if each.name != b".git":
                    path = os.path.join(folder, each.name)
                    with suppress(FileNotFoundError):
                        yield path, each.stat(follow_symlinks=False)
                    if each.is_dir(follow_symlinks=False):
                        waiting.append(path)


def _kind(found: os.stat_result) -> int:
    if stat.S_ISLNK(found.st_mode):
        return SYMLINK
    return EXECUTABLE if found.st_mode & stat.S_IXUSR else FILE


def _read(path: bytes) -> bytes | None:
    """Return the content of a file, or the target of a link; None when nothing is there."""
    try:
        with open(os.open(path, OPEN), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return os.readlink(path)


def _read_again(path: bytes, digest: bytes) -> bytes:
    content = _read(path)
    if content is None or blake3(content).digest() != digest:
        raise Conflict(f"{os.fsdecode(path)} has changed since it was read", "read the folder again")
    return content


@contextmanager
def _opened(top: int, folder: bytes, *, create: bool) -> Iterator[int]:
    """Yield a descriptor of a folder below `top`, reached through no link."""
    inside = os.dup(top)
    try:
        for name in folder.split(b"/") if folder else ():
            if create:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=inside)
            inner = os.open(name, DIRECTORY, dir_fd=inside)
            os.close(inside)
            inside = inner
        yield inside
    finally:
        os.close(inside)


def _remove(top: int, path: bytes, kind: int) -> None:
    """Remove what stands at a path, if anything, and the folders above it that became empty."""
    folder, _, name = path.rpartition(b"/")
    try:
        with _opened(top, folder, create=False) as inside:
            if kind != FOLDER:
                os.unlink(name, dir_fd=inside)
            elif not _rmdir(inside, name):
                return
        while folder:
            folder, _, name = folder.rpartition(b"/")
            with _opened(top, folder, create=False) as inside:
                if not _rmdir(inside, name):
                    return
    except FileNotFoundError:
        return


def _rmdir(inside: int, name: bytes) -> bool:
    try:
        os.rmdir(name, dir_fd=inside)
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
        return False
    return True


def _write(inside: int, name: bytes, entry: Entry, fetch: Fetch) -> None:
    if entry.kind == FOLDER:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=inside)
        os.close(os.open(name, DIRECTORY, dir_fd=inside))
        return
    content = fetch(entry.digest)
    temporary = b".autonav-" + secrets.token_hex(8).encode()
    try:
        if entry.kind == SYMLINK:
            os.symlink(content, temporary, dir_fd=inside)
        else:
            mode = 0o777 if entry.kind == EXECUTABLE else 0o666  # less what the umask takes
            with open(os.open(temporary, CREATE, mode, dir_fd=inside), "wb") as file:
                file.write(content)
        os.replace(temporary, name, src_dir_fd=inside, dst_dir_fd=inside)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=inside)
        raise
