"""Files that were written together: what one command, a generator or a formatter did."""

from collections.abc import Iterable, Sequence

from autonav_protocol.values.change import FileChange

BURST, GAP = 10, 0.2
"""From so many files on, each written at most so many seconds after the one before."""

GLOBS = 40
"""The most globs that stand for a burst; beyond, folders stand for their files."""


def bursts(files: Iterable[FileChange]) -> tuple[tuple[FileChange, ...], ...]:
    """Return the groups of files that were written together; deleted ones are one group, for they bear no time."""
    groups: list[list[FileChange]] = [[each for each in files if each.written_at is None]]
    last = None
    for file in sorted((each for each in files if each.written_at is not None), key=lambda each: each.written_at or 0):
        at = file.written_at or 0.0
        if last is None or at - last > GAP:
            groups.append([])
        groups[-1].append(file)
        last = at
    return tuple(tuple(sorted(group, key=lambda each: each.path)) for group in groups if len(group) >= BURST)


def covering(paths: Sequence[str]) -> tuple[str, ...]:
    """Return at most GLOBS globs that match all paths: the paths themselves, else the deepest folders that do."""
    globs = tuple(literal(path) for path in paths)
    depth = max((path.count("/") for path in paths), default=0)
    while len(globs) > GLOBS and depth > 0:
        parts = {tuple(path.split("/")) for path in paths}
        globs = tuple(sorted({literal("/".join(each[:depth])) + ("/" if len(each) > depth else "") for each in parts}))
        depth -= 1
    return globs


def literal(path: str) -> str:
    """Return the glob that matches one path and no other."""
    return "/" + "".join("\\" + char if char in "*?[]!#\\ " else char for char in path)
