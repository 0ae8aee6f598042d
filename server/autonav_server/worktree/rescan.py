"""One exact look at the change: the working tree against the expected tree, by content and mode."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from autonav_analysis.changes.hunks import FileHunks, parse_patch
from autonav_protocol.errors import Refused
from autonav_protocol.values.change import ChangeKind, Entry, FileChange
from autonav_server.worktree.expected import Base, Expected, Memory, expected_tree
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import (
    LINK,
    SUBMODULE,
    Snapshot,
    entries_on_disk,
    image_on_disk,
    plain_git,
    private_git,
    read_blob,
    read_tree,
    take_snapshot,
    write_tree,
)
from autonav_server.worktree.worktree import Worktree

FILES_WITH_HUNKS = 5_000
"""Beyond so many changed files hunks are left out: nobody reads them, and they are the dear part."""

NO_DRIVER = ("unspecified", "unset", "set")
Pairs = Mapping[str, tuple[Entry | None, Entry | None]]


@dataclass(frozen=True)
class Rescan:
    """The change, sorted by path, what the look learnt, and all paths of the worktree."""

    files: tuple[FileChange, ...]
    memory: Memory
    paths: tuple[str, ...] = ()


def rescan(worktree: Worktree, base: Base, memory: Memory, run_filters: bool = False) -> Rescan:
    """Return what differs from the expected tree, by path."""
    git = private_git(worktree, run_filters=run_filters)
    snapshot = take_snapshot(worktree, git)
    expected = expected_tree(worktree, base, memory, git, snapshot)
    pairs = _pairs(worktree, git, expected, snapshot)
    files = _file_changes(worktree, expected, pairs)
    return Rescan(files, expected.memory, tuple(sorted(snapshot.tree)))


def changes_since(worktree: Worktree, commit: str, run_filters: bool = False) -> tuple[FileChange, ...]:
    """Return what differs from a commit, committed or not, by path."""
    git = private_git(worktree, run_filters=run_filters)
    expected = Expected(read_tree(plain_git(worktree), commit), frozenset(), frozenset(), Memory())
    pairs = _pairs(worktree, git, expected, take_snapshot(worktree, git))
    return _file_changes(worktree, expected, pairs)


def read_entry(worktree: Worktree, base: Base, path: str, entry: Entry, run_filters: bool = False) -> bytes:
    """Return the bytes that belong on disk for an entry: what lay there at the start, else what checkout writes.

    For a symbolic link that is its target. Raises Refused for a submodule, and where only a
    filter driver, which is a program, could make the bytes.
    """
    if entry.mode == SUBMODULE:
        raise Refused(f"{path} is a submodule", f"git submodule update {path}")
    if base.dirt.get(path) == entry and path in base.raw:
        return worktree.store.get(base.raw[path])
    git = private_git(worktree, run_filters=run_filters)
    if entry.mode == LINK:
        return read_blob(git, entry.oid)
    driver = git.text("check-attr", "-z", "filter", "--", path).split("\0")[2:3]
    if driver and driver[0] not in NO_DRIVER and not run_filters and _is_configured(worktree, driver[0]):
        raise Refused(f"{path} goes through the filter {driver[0]}", "trust the worktree: autonav trust")
    return git("cat-file", "--filters", f"--path={path}", entry.oid).stdout


def _pairs(worktree: Worktree, git: Git, expected: Expected, snapshot: Snapshot) -> Pairs:
    """Return `(before, after)` of each path that differs."""
    pairs = {
        path: (expected.tree.get(path), snapshot.tree.get(path))
        for path in expected.tree.keys() | snapshot.tree.keys()
        if expected.tree.get(path) != snapshot.tree.get(path)
    }
    gone = [path for path, (_, after) in pairs.items() if after is None]
    # A file may also have gone from git's sight alone, by a new ignore rule.
    for path, entry in entries_on_disk(worktree, git, gone).items():
        pairs[path] = (pairs[path][0], entry)
    return {
        path: (before, after)
        for path, (before, after) in pairs.items()
        if before != after and not (after is None and path in snapshot.sparse)
    }


def _file_changes(worktree: Worktree, expected: Expected, pairs: Pairs) -> tuple[FileChange, ...]:
    hunks = _hunks(worktree, pairs) if len(pairs) <= FILES_WITH_HUNKS else {}
    return tuple(
        _file_change(worktree, expected, path, before, after, hunks.get(path, FileHunks()))
        for path, (before, after) in sorted(pairs.items())
    )


def _hunks(worktree: Worktree, pairs: Pairs) -> Mapping[str, FileHunks]:
    before = {path: old for path, (old, _) in pairs.items() if old and old.mode != SUBMODULE}
    after = {path: new for path, (_, new) in pairs.items() if new and new.mode != SUBMODULE}
    if not before and not after:
        return {}
    patch = plain_git(worktree)(
        "-c", "core.quotePath=false", "diff-tree", "-r", "-p", "-U0", "--no-ext-diff", "--no-textconv", "--no-color",
        "--no-renames", "--full-index", "--src-prefix=a/", "--dst-prefix=b/",
        write_tree(worktree, before), write_tree(worktree, after),
    ).stdout  # fmt: skip
    return {os.fsdecode(path): found for path, found in parse_patch(patch).items()}


def _file_change(
    worktree: Worktree, expected: Expected, path: str, before: Entry | None, after: Entry | None, found: FileHunks
) -> FileChange:
    image = image_on_disk(worktree, path)
    return FileChange(
        path=path,
        kind=_kind(before, after),
        before=before,
        after=after,
        hunks=found.hunks,
        added=found.added,
        removed=found.removed,
        binary=found.binary,
        image=image.digest if image else "",
        ambiguous=path in expected.ambiguous,
        attribution="git" if path in expected.in_operation else "unattributed",
        written_at=_written_at(worktree, path),
    )


def _written_at(worktree: Worktree, path: str) -> float | None:
    try:
        return os.lstat(os.path.join(worktree.root, path)).st_ctime
    except OSError:
        return None


def _kind(before: Entry | None, after: Entry | None) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    if after is None:
        return ChangeKind.DELETED
    if before.mode[:3] != after.mode[:3]:
        return ChangeKind.TYPE
    return ChangeKind.MODE if before.oid == after.oid else ChangeKind.MODIFIED


def _is_configured(worktree: Worktree, driver: str) -> bool:
    """Return whether a filter driver has a program; an attribute that names no known one does nothing."""
    return any(worktree.git.line("config", f"filter.{driver}.{key}") for key in ("smudge", "process"))
