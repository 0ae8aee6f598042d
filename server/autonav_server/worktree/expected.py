"""The expected tree E: what the worktree would be without the task.

E is HEAD without the commits made here during the task, plus what was unfinished at the start, plus
the person's git operations in progress. So their pull, rebase, merge and checkout raise nothing, and
an agent's commit, amend or push hides nothing.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autonav_protocol.values.change import Entry
from autonav_server.worktree.git import Git
from autonav_server.worktree.history import History
from autonav_server.worktree.local_commits import LocalCommit, learn, reflog
from autonav_server.worktree.merging import differing, merge_entry, put
from autonav_server.worktree.snapshot import (
    Snapshot,
    Tree,
    image_on_disk,
    plain_git,
    private_git,
    read_tree,
    take_snapshot,
)
from autonav_server.worktree.worktree import Worktree

IN_PROGRESS = (
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "rebase-merge/stopped-sha",
    "rebase-merge/onto",
    "rebase-apply/original-commit",
)
"""Files of the git dir that name the commits an operation in progress brings in."""

AUTOSTASHES = ("rebase-merge/autostash", "rebase-apply/autostash", "MERGE_AUTOSTASH")
"""Files of the git dir that name a stash which an operation in progress made and will apply again."""

SQUASHED = re.compile(r"^commit ([0-9a-f]{40})", re.MULTILINE)
RAW_LIMIT = 64 * 1024 * 1024
"""Larger files are not kept byte for byte, and no batch of files is larger."""


@dataclass(frozen=True)
class Base:
    """The start of a task. `dirt` is what was unfinished then, `raw` the digest of its bytes as they lay on disk."""

    head: str = ""
    refs: tuple[str, ...] = ()
    stashes: tuple[str, ...] = ()
    reflog: int = 0
    dirt: Mapping[str, Entry | None] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        dirt = {path: [entry.mode, entry.oid] if entry else None for path, entry in self.dirt.items()}
        return {
            "head": self.head,
            "refs": list(self.refs),
            "stashes": list(self.stashes),
            "reflog": self.reflog,
            "dirt": dirt,
            "raw": dict(self.raw),
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Base":
        """Return what `to_json` gave."""
        dirt = {path: Entry(*entry) if entry else None for path, entry in given["dirt"].items()}
        return cls(**{**given, "refs": tuple(given["refs"]), "stashes": tuple(given["stashes"]), "dirt": dirt})


@dataclass(frozen=True)
class Memory:
    """What looks have learnt: commits made here, commits that came from elsewhere, squashes taken in.

    `sourced` holds, for each path, contents seen while a squash merge was in progress.
    """

    local: Mapping[str, LocalCommit] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()
    squashed: Mapping[str, str] = field(default_factory=dict)
    sourced: Mapping[str, frozenset[Entry | None]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values, in a stable order."""
        sourced = {
            path: sorted([each.mode, each.oid] if each else [] for each in entries)
            for path, entries in sorted(self.sourced.items())
        }
        return {
            "local": {commit: made.to_json() for commit, made in self.local.items()},
            "foreign": sorted(self.foreign),
            "squashed": dict(self.squashed),
            "sourced": sourced,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Memory":
        """Return what `to_json` gave."""
        return cls(
            local={commit: LocalCommit.from_json(made) for commit, made in given["local"].items()},
            foreign=frozenset(given["foreign"]),
            squashed=dict(given["squashed"]),
            sourced={
                path: frozenset(Entry(*each) if each else None for each in entries)
                for path, entries in given["sourced"].items()
            },
        )


@dataclass(frozen=True)
class Expected:
    """E and what was learnt.

    `ambiguous` are the paths that a conflict leaves undecided, `in_operation` those that a git
    operation in progress touches.
    """

    tree: Tree
    ambiguous: frozenset[str]
    in_operation: frozenset[str]
    memory: Memory


def begin(worktree: Worktree, run_filters: bool = False) -> Base:
    """Return the base of a task that starts now; unfinished files are stored byte for byte."""
    git = private_git(worktree, run_filters=run_filters)
    base = begin_at_head(worktree)
    present = take_snapshot(worktree, git).tree
    committed = read_tree(plain_git(worktree), base.head)
    dirt = {path: present.get(path) for path in differing(committed, present)}
    return replace(base, dirt=dirt, raw=_keep_raw(worktree, (path for path, entry in dirt.items() if entry)))


def begin_at_head(worktree: Worktree) -> Base:
    """Return a base to which everything unfinished is a change."""
    head = head_of(worktree)
    refs = worktree.git.text("for-each-ref", "--format=%(objectname)").split()
    return Base(
        head=head,
        refs=tuple(sorted({*refs, head} - {""})),
        stashes=_stashes(worktree),
        reflog=len(reflog(worktree.git_dir)),
    )


def expected_tree(worktree: Worktree, base: Base, memory: Memory, git: Git, snapshot: Snapshot) -> Expected:
    """Return E for a worktree of which `snapshot` was taken with `git`."""
    head = head_of(worktree)
    moves = reflog(worktree.git_dir)
    # A reflog shorter than at the start was pruned: then all of it is looked at again.
    moves = moves[base.reflog :] if len(moves) >= base.reflog else moves
    local, foreign = learn(git, moves, head, base.refs, memory.local, memory.foreign)
    history = History(plain_git(worktree), base.refs, local, dict(memory.squashed))
    present = snapshot.tree
    tree = dict(history.without_local(head))
    _add_dirt(history, base, tree, present)
    tree, sourced, in_operation = _add_operations(worktree, history, tree, present, memory)
    for path in snapshot.unmerged & present.keys():
        # What stands in a conflicted path is the person's to resolve.
        tree[path] = present[path]
        history.ambiguous.add(path)
    tree = _add_stashes(history, base, _stashes(worktree), tree, present, head)
    for path, entries in sourced.items():
        if present.get(path) in entries:
            put(tree, path, present.get(path))
    learnt = Memory(local, foreign, dict(history.squashed), sourced)
    return Expected(tree, frozenset(history.ambiguous), in_operation | snapshot.unmerged, learnt)


def head_of(worktree: Worktree) -> str:
    """Return the commit HEAD stands on, "" before the first commit and in a plain folder."""
    return worktree.git.line("rev-parse", "-q", "--verify", "HEAD^{commit}") if worktree.has_git else ""


def _add_dirt(history: History, base: Base, tree: Tree, present: Tree) -> None:
    """Carry what was unfinished at the start onto the tree, path by path."""
    committed = history.tree(base.head)
    for path, entry in base.dirt.items():
        merged, clean = merge_entry(history.git, entry, committed.get(path), tree.get(path))
        if not clean:
            merged = tree.get(path) if present.get(path) == tree.get(path) else entry
            history.ambiguous.add(path)
        put(tree, path, merged)


def _add_operations(
    worktree: Worktree, history: History, tree: Tree, present: Tree, memory: Memory
) -> tuple[Tree, dict[str, frozenset[Entry | None]], frozenset[str]]:
    """Make the changes that a merge, cherry-pick, revert, rebase or squash in progress brings in.

    Return the tree, `Memory.sourced` with what a squash brought, and all paths touched.
    """
    sourced, touched = dict(memory.sourced), set[str]()
    for name, commit in _operations(worktree):
        if commit in history.local:
            continue
        if name == "REVERT_HEAD":
            before, after = commit, history.parent(commit)
        elif name in ("MERGE_HEAD", "SQUASH_MSG"):
            before, after = worktree.git.line("merge-base", "HEAD", commit), commit
        else:
            before, after = history.parent(commit), commit
        tree = history.apply(tree, before, after)
        paths = set(differing(history.tree(before), history.tree(after)))
        touched |= paths
        if name == "SQUASH_MSG":
            for path in paths:
                sourced[path] = sourced.get(path, frozenset()) | {present.get(path)}
    return tree, sourced, frozenset(touched)


def _add_stashes(history: History, base: Base, stashes: tuple[str, ...], tree: Tree, present: Tree, head: str) -> Tree:
    """Add stashes of before the task that were popped; what lies in one made since is not deleted."""
    for popped in set(base.stashes) - set(stashes):
        parents = history.parents(popped)
        if not parents:
            continue
        tree = history.apply(tree, parents[0], popped)
        for path, entry in _untracked(history, parents).items():
            if present.get(path) == entry:
                tree[path] = entry
    for made in set(stashes) - set(base.stashes):
        tracked, untracked = history.tree(made), _untracked(history, history.parents(made))
        committed = history.tree(head)
        for path in base.dirt:
            safe = tree.get(path) in (tracked.get(path), untracked.get(path))
            if tree.get(path) != present.get(path) and safe and present.get(path) == committed.get(path):
                put(tree, path, present.get(path))
    return tree


def _untracked(history: History, parents: tuple[str, ...]) -> Tree:
    """Return the untracked files of a stash: they are its third parent."""
    return history.tree(parents[2]) if len(parents) > 2 else {}


def _operations(worktree: Worktree) -> list[tuple[str, str]]:
    found = [(name, commit) for name in IN_PROGRESS for commit in _git_file(worktree, name).split()]
    squashed = SQUASHED.findall(_git_file(worktree, "SQUASH_MSG"))[:1]
    return found + [("SQUASH_MSG", commit) for commit in squashed]


def _stashes(worktree: Worktree) -> tuple[str, ...]:
    """Return the stashes, with those that an operation in progress made for itself."""
    kept = worktree.git.text("log", "-g", "--format=%H", "refs/stash", "--", check=False).split()
    return (*kept, *(commit for name in AUTOSTASHES for commit in _git_file(worktree, name).split()))


def _git_file(worktree: Worktree, name: str) -> str:
    try:
        with open(os.path.join(worktree.git_dir, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _keep_raw(worktree: Worktree, paths: Iterable[str]) -> dict[str, str]:
    """Store files byte for byte, in batches of bounded size, and return their digests."""
    kept: dict[str, str] = {}
    batch: dict[str, bytes] = {}
    size = 0
    for path in paths:
        image = image_on_disk(worktree, path)
        if image is None or len(image.data) > RAW_LIMIT:
            continue
        if size + len(image.data) > RAW_LIMIT:
            kept |= zip(batch, worktree.store.put_many(list(batch.values())), strict=True)
            batch, size = {}, 0
        batch[path] = image.data
        size += len(image.data)
    return kept | dict(zip(batch, worktree.store.put_many(list(batch.values())), strict=True))
