"""One exact look at the change: the working tree against the expected tree, by content and mode."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from autonav_analysis.changes.hunks import FileHunks, parse_patch
from autonav_protocol.errors import Refused
from autonav_protocol.values.change import ChangeKind, Entry, FileChange
from autonav_server.worktree.atomic import read_image
from autonav_server.worktree.expected import Base, Memory, expected_tree
from autonav_server.worktree.snapshot import (
    Tree,
    private_git,
    read_blob,
    sparse_paths,
    working_tree,
    write_tree,
)
from autonav_server.worktree.worktree import Worktree

EVENTS_PER_PATH_LIMIT = 2_000
"""Beyond so many changed files hunks are left out: nobody reads them, and they are the dear part."""

LINK, SUBMODULE = "120000", "160000"


@dataclass(frozen=True)
class Rescan:
    """The change, and what the look learnt."""

    files: tuple[FileChange, ...]
    memory: Memory


def rescan(worktree: Worktree, base: Base, memory: Memory, run_filters: bool = False) -> Rescan:
    """Return what differs from the expected tree, by path."""
    present = working_tree(worktree, run_filters=run_filters)
    expected = expected_tree(worktree, base, memory, present)
    sparse = sparse_paths(worktree) if expected.tree.keys() - present.keys() else frozenset()
    pairs: dict[str, tuple[Entry | None, Entry | None]] = {}
    for path in expected.tree.keys() | present.keys():
        before, after = expected.tree.get(path), present.get(path)
        if before == after:
            continue
        if after is None:
            if path in sparse:
                continue
            after = _ignored_now(worktree, path, run_filters=run_filters)
            if after == before:
                continue
        pairs[path] = (before, after)
    hunks = _hunks(worktree, pairs)
    files = tuple(
        _file_change(worktree, path, before, after, hunks.get(path), path in expected.ambiguous)
        for path, (before, after) in sorted(pairs.items())
    )
    return Rescan(files, expected.memory)


def read_entry(worktree: Worktree, base: Base, path: str, entry: Entry, run_filters: bool = False) -> bytes:
    """Return the bytes that belong on disk for an entry: what lay there at the start, else what checkout writes.

    Raises Refused where only a filter driver, which is a program, could make them.
    """
    if entry.mode == SUBMODULE:
        raise Refused(f"{path} is a submodule", f"git submodule update {path}")
    git = private_git(worktree, run_filters=run_filters)
    if base.dirt.get(path) == entry and path in base.raw:
        return worktree.store.get(base.raw[path])
    if entry.mode == LINK:
        return read_blob(git, entry.oid)
    driver = worktree.git.text("check-attr", "-z", "filter", "--", path).split("\0")[2:3]
    if driver and driver[0] not in ("unspecified", "unset", "set") and not run_filters:
        raise Refused(f"{path} goes through the filter {driver[0]}", "trust the worktree: autonav trust")
    return git("cat-file", "--filters", f"--path={path}", entry.oid).stdout


def _ignored_now(worktree: Worktree, path: str, *, run_filters: bool) -> Entry | None:
    """Return the entry of a path that became ignored but still stands on disk."""
    absolute = os.path.join(worktree.root, path)
    image = read_image(absolute)
    if image is None:
        return None
    git = private_git(worktree, run_filters=run_filters)
    if image.mode == LINK:
        oid = git.text("hash-object", "-w", "--no-filters", "--stdin", stdin=image.data).strip()
    else:
        oid = git.text("hash-object", "-w", f"--path={path}", "--stdin", stdin=image.data).strip()
    return Entry(image.mode, oid)


def _hunks(worktree: Worktree, pairs: Mapping[str, tuple[Entry | None, Entry | None]]) -> Mapping[str, FileHunks]:
    if not pairs or len(pairs) > EVENTS_PER_PATH_LIMIT:
        return {}
    before: Tree = {path: old for path, (old, _) in pairs.items() if old and old.mode != SUBMODULE}
    after: Tree = {path: new for path, (_, new) in pairs.items() if new and new.mode != SUBMODULE}
    git = private_git(worktree)
    patch = git(
        "-c", "core.quotePath=false", "diff-tree", "-r", "-p", "-U0", "--no-ext-diff", "--no-textconv", "--no-color",
        "--no-renames", "--full-index", "--src-prefix=a/", "--dst-prefix=b/",
        write_tree(worktree, before), write_tree(worktree, after),
    ).stdout  # fmt: skip
    return {os.fsdecode(path): found for path, found in parse_patch(patch).items()}


def _file_change(
    worktree: Worktree, path: str, before: Entry | None, after: Entry | None, found: FileHunks | None, ambiguous: bool
) -> FileChange:
    image = read_image(os.path.join(worktree.root, path))
    return FileChange(
        path=path,
        kind=_kind(before, after),
        before=before,
        after=after,
        hunks=found.hunks if found else (),
        added=found.added if found else 0,
        removed=found.removed if found else 0,
        binary=found.binary if found else False,
        image=image.digest if image else "",
        ambiguous=ambiguous,
    )


def _kind(before: Entry | None, after: Entry | None) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    if after is None:
        return ChangeKind.DELETED
    if before.mode[:3] != after.mode[:3]:
        return ChangeKind.TYPE
    return ChangeKind.MODE if before.oid == after.oid else ChangeKind.MODIFIED
