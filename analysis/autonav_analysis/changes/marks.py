"""What a hunk is known by wherever it lies: what it takes out and puts in, and the line that it stands under."""

from blake3 import blake3

from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.change import FileChange, Hunk


def marks_of(file: AuditedFile) -> tuple[str, ...]:
    """Return the mark of each hunk of a text, in order: 32 hex digits.

    Paths, line numbers and white space at the ends of lines say nothing. The nearest line above that is indented less
    does, so that `return True` read in one function is not read in all.
    """
    old, new = (_lines(text) for text in (file.before, file.after))
    return tuple(_mark(hunk, old, new) for hunk in file.change.hunks)


def mark_of_file(change: FileChange) -> str:
    """Return the mark of a change that has no lines: its content and its mode, before and after."""
    entries = ((each.mode, each.oid) if each else ("", "") for each in (change.before, change.after))
    return _digest([each.encode() for entry in entries for each in entry])


def _mark(hunk: Hunk, old: list[bytes], new: list[bytes]) -> str:
    removed = old[hunk.old_line - 1 : hunk.old_line - 1 + hunk.old_count] if hunk.old_count else []
    added = new[hunk.new_line - 1 : hunk.new_line - 1 + hunk.new_count] if hunk.new_count else []
    above = _above(new, hunk.new_line - 1, added) if added else _above(old, hunk.old_line - 1, removed)
    return _digest([above, b"-", *removed, b"+", *added])


def _above(lines: list[bytes], first: int, changed: list[bytes]) -> bytes:
    """Return the nearest line above that is indented less than the changed ones, empty where there is none."""
    least = min((_indent(each) for each in changed if each), default=0)
    if not least:
        return b""
    return next((line for line in reversed(lines[:first]) if line and _indent(line) < least), b"")


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip())


def _lines(text: bytes | None) -> list[bytes]:
    return [line.rstrip() for line in (text or b"").split(b"\n")]


def _digest(parts: list[bytes]) -> str:
    return blake3(b"".join(b"%d:%b" % (len(each), each) for each in parts)).hexdigest(length=16)
