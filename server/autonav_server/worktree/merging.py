"""Three-way merging of trees, one path at a time."""

import os
import tempfile
from collections.abc import Iterable

from autonav_protocol.values.change import Entry
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import Tree, read_blob

REGULAR = "100"


def differing(one: Tree, other: Tree) -> Iterable[str]:
    """Yield the paths at which two trees differ."""
    return (path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def merge_entry(git: Git, current: Entry | None, base: Entry | None, other: Entry | None) -> tuple[Entry | None, bool]:
    """Return `current` with the change from `base` to `other` made, and whether that was clean.

    None stands for an absent path. Where it is not clean, `current` is returned.
    """
    if current == base:
        return other, True
    if other in (base, current):
        return current, True
    if not (current and other) or not (current.mode.startswith(REGULAR) and other.mode.startswith(REGULAR)):
        return current, False
    merged = _merge_file(git, current, base, other)
    if merged is None:
        return current, False
    mode = current.mode if base is None or current.mode != base.mode else other.mode
    return Entry(mode, git.text("hash-object", "-w", "--no-filters", "--stdin", stdin=merged).strip()), True


def apply_patch(git: Git, onto: Tree, before: Tree, after: Tree) -> tuple[Tree, frozenset[str]]:
    """Return `onto` with the change from `before` to `after` made, and the paths where that was not clean.

    Those paths take their content from `after`.
    """
    result, unclean = dict(onto), set()
    for path in differing(before, after):
        entry, clean = merge_entry(git, result.get(path), before.get(path), after.get(path))
        if not clean:
            entry = after.get(path)
            unclean.add(path)
        put(result, path, entry)
    return result, frozenset(unclean)


def put(tree: Tree, path: str, entry: Entry | None) -> None:
    """Set or, for None, drop one path."""
    if entry is None:
        tree.pop(path, None)
    else:
        tree[path] = entry


def _merge_file(git: Git, current: Entry, base: Entry | None, other: Entry) -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="autonav-merge-") as folder:
        names = []
        for name, entry in (("current", current), ("base", base), ("other", other)):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(read_blob(git, entry.oid) if entry else b"")
            names.append(path)
        done = git("merge-file", "-p", "-q", *names, check=False)
    return done.stdout if done.returncode == 0 else None
