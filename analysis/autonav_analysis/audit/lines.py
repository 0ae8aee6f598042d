"""The lines that a change adds to a file or takes out of it."""

from collections.abc import Iterator

from autonav_protocol.values.audit import AuditedFile


def added_lines(file: AuditedFile) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that a change adds, with their 1-based numbers in the new text."""
    lines = (file.after or b"").split(b"\n")
    for hunk in file.change.hunks:
        for number in range(hunk.new_line, hunk.new_line + hunk.new_count):
            if number <= len(lines):
                yield number, lines[number - 1]


def removed_lines(file: AuditedFile) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that a change takes out, with their 1-based numbers in the old text."""
    lines = (file.before or b"").split(b"\n")
    for hunk in file.change.hunks:
        for number in range(hunk.old_line, hunk.old_line + hunk.old_count):
            if number <= len(lines):
                yield number, lines[number - 1]
