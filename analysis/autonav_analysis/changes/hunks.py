"""Reading a `-U0` patch of git: hunks and line counts for each path."""

import re
from collections.abc import Iterable, Mapping
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
    """Return `{path: hunks}` of a patch made with `-U0 --no-renames --src-prefix=a/ --dst-prefix=b/`."""
    hunks: dict[bytes, list[Hunk]] = {}
    binary: set[bytes] = set()
    path = b""
    skip = 0
    for line in patch.split(b"\n"):
        if skip:
            # Lines of a hunk's body may look like headers; they are counted, never read.
            skip -= not line.startswith(b"\\")
        elif line.startswith(b"diff --git "):
            path = _path(line[len(b"diff --git ") :])
            hunks.setdefault(path, [])  # a change of type comes as two sections of one path
        elif line.startswith(b"Binary files "):
            binary.add(path)
        elif match := HUNK.match(line):
            old_line, old, new_line, new = (int(each) if each is not None else 1 for each in match.groups())
            hunks.setdefault(path, []).append(Hunk(old_line, old, new_line, new))
            skip = old + new
    return {path: _file_hunks(each, path in binary) for path, each in hunks.items()}


def covers(hunk: Hunk, line: int) -> bool:
    """Return whether a 1-based line of the new text is in a hunk, or beside one that only removes."""
    if not hunk.new_count:
        return hunk.new_line <= line <= hunk.new_line + 1
    return hunk.new_line <= line < hunk.new_line + hunk.new_count


def without_hunks(before: bytes, after: bytes, hunks: Iterable[Hunk]) -> bytes:
    """Return `after` with these hunks as they are in `before`; to git only \\n ends a line."""
    old, new = _lines(before), _lines(after)
    for hunk in sorted(hunks, key=lambda each: -each.new_line):
        start = hunk.new_line - 1 if hunk.new_count else hunk.new_line
        first = hunk.old_line - 1 if hunk.old_count else hunk.old_line
        new[start : start + hunk.new_count] = old[first : first + hunk.old_count]
    return b"".join(new)


def _lines(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    return [*(line + b"\n" for line in lines[:-1]), *((lines[-1],) if lines[-1] else ())]


def _file_hunks(hunks: list[Hunk], binary: bool) -> FileHunks:
    added, removed = sum(each.new_count for each in hunks), sum(each.old_count for each in hunks)
    return FileHunks(tuple(hunks), added, removed, binary)


def _path(names: bytes) -> bytes:
    """Return the path of `a/PATH b/PATH`: both halves are alike, as renames are off."""
    half = names[: (len(names) - 1) // 2]
    return ESCAPED.sub(_unescaped, half[3:-1]) if names.startswith(b'"') else half[2:]


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8)]) if len(code) == 3 else ESCAPES.get(code, code)
