"""Reading a `-U0` patch of git: hunks and line counts for each path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from autonav_protocol.values.change import Hunk

HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


@dataclass(frozen=True)
class FileHunks:
    """The hunks of one file, and how many lines they add and remove."""

    hunks: tuple[Hunk, ...] = ()
    added: int = 0
    removed: int = 0
    binary: bool = False


def parse_patch(patch: bytes) -> Mapping[bytes, FileHunks]:
    """Return `{path: hunks}` of a patch made with `-U0 --src-prefix=a/ --dst-prefix=b/`."""
    found: dict[bytes, FileHunks] = {}
    path: bytes | None = None
    hunks: list[Hunk] = []
    skip = 0
    for line in patch.split(b"\n"):
        if skip:
            # Lines of a hunk's body may look like headers; they are counted, never read.
            skip -= not line.startswith(b"\\")
            continue
        if line.startswith(b"diff --git "):
            _close(found, path, hunks)
            path, hunks = _path(line[len(b"diff --git ") :]), []
        elif path is not None and line.startswith(b"Binary files "):
            found[path] = FileHunks(binary=True)
            path = None
        elif match := HUNK.match(line):
            old_line, old, new_line, new = (int(each) if each is not None else 1 for each in match.groups())
            hunks.append(Hunk(old_line, old, new_line, new))
            skip = old + new
    _close(found, path, hunks)
    return found


def _close(found: dict[bytes, FileHunks], path: bytes | None, hunks: list[Hunk]) -> None:
    if path is not None:
        added, removed = sum(each.new_count for each in hunks), sum(each.old_count for each in hunks)
        found[path] = FileHunks(tuple(hunks), added, removed)


def _path(names: bytes) -> bytes:
    """Return the path of `a/PATH b/PATH`: both halves are alike, as renames are off."""
    if names.startswith(b'"'):
        half = names[: (len(names) - 1) // 2]
        return ESCAPED.sub(_unescaped, half[3:-1])
    return names[2 : (len(names) - 1) // 2]


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if len(code) == 3 else ESCAPES.get(code, code)
