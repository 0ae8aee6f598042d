"""What stands at one path of a state, and its bytes in the tree."""

import struct
from typing import NamedTuple

PARENT, FILE, EXECUTABLE, SYMLINK, FOLDER = range(5)
"""Kinds, one byte each. PARENT is no entry: a tree keeps one for every folder that holds something."""

NO_CONTENT = bytes(32)

HEADER = struct.Struct("!BQ32sI")
"""Before the path in a record: kind, size, digest, length of the path."""


class Entry(NamedTuple):
    """A file, symbolic link or empty folder.

    `kind` is FILE, EXECUTABLE, SYMLINK or FOLDER; `digest` the 32 bytes of the BLAKE3 of the content (of the
    target, for a link); `size` that content's length in bytes. A folder has `EMPTY_FOLDER`.
    """

    kind: int
    digest: bytes
    size: int


EMPTY_FOLDER = Entry(FOLDER, NO_CONTENT, 0)


def pack(path: bytes, entry: Entry) -> bytes:
    """Return the record of an entry at a path, which no other path or entry has; raise ValueError for no entry."""
    kind, digest, size = entry
    if not FILE <= kind <= FOLDER or len(digest) != 32 or not 0 <= size < 1 << 64:
        raise ValueError(f"{path!r} has no entry of a state: {entry!r}")
    if kind == FOLDER and entry != EMPTY_FOLDER:
        raise ValueError(f"{path!r} is a folder with content: {entry!r}")
    return HEADER.pack(kind, size, digest, len(path)) + path


def pack_parent(path: bytes, held: int) -> bytes:
    """Return the record of a folder that holds so many entries and folders."""
    return HEADER.pack(PARENT, held, NO_CONTENT, len(path)) + path


def unpack(record: bytes) -> Entry:
    """Return the entry of a record."""
    kind, size, digest, _ = HEADER.unpack_from(record)
    return Entry(kind, digest, size)


def records_in(data: bytes, start: int) -> dict[bytes, bytes]:
    """Return the records that follow each other in `data`, by path; raise ValueError where they do not end with it."""
    found: dict[bytes, bytes] = {}
    while start < len(data):
        if start + HEADER.size > len(data):
            raise ValueError("a record is cut off")
        kind, _, _, length = HEADER.unpack_from(data, start)
        end = start + HEADER.size + length
        if kind > FOLDER or end > len(data):
            raise ValueError("a record is cut off or of no known kind")
        found[data[start + HEADER.size : end]] = data[start:end]
        start = end
    return found


def check_path(path: bytes) -> None:
    """Raise ValueError unless `path` is relative, without NUL and without empty, `.` and `..` components."""
    framed = b"/" + path + b"/"
    if b"//" in framed or b"/./" in framed or b"/../" in framed or b"\0" in framed:
        raise ValueError(f"{path!r} is no path in a state")


def parent_of(path: bytes) -> bytes:
    """Return the folder that holds `path`, empty for the top."""
    return path.rpartition(b"/")[0]
