"""The expected tree E: what the worktree would be without the task.

E is HEAD without the commits made here during the task, plus what was unfinished at the start, plus
the person's git operations in progress. So their pull, rebase, merge and checkout raise nothing, and
an agent's commit, amend or push hides nothing.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autonav_protocol.values.change import Entry
from autonav_server.worktree.atomic import read_image
from autonav_server.worktree.history import CREATING, History, LocalCommit, reflog, to_json
from autonav_server.worktree.merging import differing, merge_entry, put
from autonav_server.worktree.snapshot import Tree, private_git, read_tree, working_tree
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

SQUASHED = re.compile(r"^commit ([0-9a-f]{40})", re.MULTILINE)
RAW_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Base:
    """The start of a task. `dirt` is what was unfinished then, `raw` the digest of its bytes as they lay on disk."""

    head: str = ""
    refs: tuple[str, ...] = ()
    stash: str = ""
    stashes: tuple[str, ...] = ()
    reflog: int = 0
    dirt: Mapping[str, Entry | None] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        dirt = {path: [entry.mode, entry.oid] if entry else None for path, entry in self.dirt.items()}
        return {**self.__dict__, "dirt": dirt, "raw": dict(self.raw)}

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
            path: sorted(([each.mode, each.oid] if each else [] for each in entries))
            for path, entries in sorted(self.sourced.items())
        }
        return {
            "local": to_json(self.local),
            "foreign": sorted(self.foreign),
            "squashed": dict(self.squashed),
            "sourced": sourced,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Memory":
        """Return what `to_json` gave."""
        return cls(
            local={commit: LocalCommit(*made) for commit, made in given["local"].items()},
            foreign=frozenset(given["foreign"]),
            squashed=dict(given["squashed"]),
            sourced={
                path: frozenset(Entry(*each) if each else None for each in entries)
                for path, entries in given["sourced"].items()
            },
        )


@dataclass(frozen=True)
class Expected:
    """E, the paths of it that a conflict leaves undecided, and what was learnt."""

    tree: Tree
    ambiguous: frozenset[str]
    memory: Memory


def begin(worktree: Worktree, run_filters: bool = False) -> Base:
    """Return the base of a task that starts now; unfinished files are stored byte for byte."""
    git = private_git(worktree, run_filters=run_filters)
    head = head_of(worktree)
    committed = read_tree(git, head)
    present = working_tree(worktree, run_filters=run_filters)
    dirt = {path: present.get(path) for path in differing(committed, present)}
    stash = worktree.git.line("rev-parse", "-q", "--verify", "refs/stash")
    refs = worktree.git.text("for-each-ref", "--format=%(objectname)").split()
    return Base(
        head=head,
        refs=tuple(sorted({*refs, head} - {""})),
        stash=stash,
        stashes=tuple(_stashes(worktree)) if stash else (),
        reflog=len(reflog(worktree.git_dir)),
        dirt=dirt,
        raw=_keep_raw(worktree, [path for path, entry in dirt.items() if entry]),
    )


def expected_tree(worktree: Worktree, base: Base, memory: Memory, present: Tree) -> Expected:
    """Return E for a worktree whose working tree is `present`."""
    git = private_git(worktree)
    memory = _learn(worktree, base, memory)
    history = History(git, base.refs, dict(memory.local), dict(memory.squashed))
    tree = dict(history.without_local(head_of(worktree)))
    _add_dirt(history, base, tree, present)
    tree, sourced = _add_operations(worktree, history, tree, present, memory)
    _add_unmerged(worktree, history, tree, present)
    tree = _add_stashes(worktree, base, history, tree, present)
    for path, entries in sourced.items():
        if present.get(path) in entries:
            put(tree, path, present.get(path))
    learnt = replace(memory, squashed=dict(history.squashed), sourced=sourced)
    return Expected(tree, frozenset(history.ambiguous), learnt)


def head_of(worktree: Worktree) -> str:
    """Return the commit HEAD stands on, "" before the first commit and in a plain folder."""
    return worktree.git.line("rev-parse", "-q", "--verify", "HEAD^{commit}") if worktree.has_git else ""


def _learn(worktree: Worktree, base: Base, memory: Memory) -> Memory:
    """Sort the commits that HEAD stood on since the start into local and foreign ones."""
    local, foreign = dict(memory.local), set(memory.foreign)
    history = History(worktree.git, base.refs, local, {})
    moves = reflog(worktree.git_dir)[base.reflog :]
    head = head_of(worktree)
    for commit, made in [*moves, *([(head, LocalCommit("?", ""))] if head else [])]:
        if commit in local or commit in foreign:
            continue
        creating = made.message == "?" or CREATING.match(made.message)
        if creating and not history.is_foreign(commit):
            local[commit] = made
        elif made.message != "?":
            foreign.add(commit)
    return replace(memory, local=local, foreign=frozenset(foreign))


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
) -> tuple[Tree, dict[str, frozenset[Entry | None]]]:
    """Make the changes that a merge, cherry-pick, revert, rebase or squash in progress brings in."""
    sourced = dict(memory.sourced)
    for name, commit in _operations(worktree):
        if commit in history.local:
            continue
        parents = history.parents(commit)
        parent = parents[0] if parents else ""
        if name == "REVERT_HEAD":
            before, after = commit, parent
        elif name in ("MERGE_HEAD", "SQUASH_MSG"):
            before, after = worktree.git.line("merge-base", "HEAD", commit), commit
        else:
            before, after = parent, commit
        tree = history.apply(tree, before, after)
        if name == "SQUASH_MSG":
            for path in differing(history.tree(before), history.tree(after)):
                sourced[path] = sourced.get(path, frozenset()) | {present.get(path)}
    return tree, sourced


def _add_unmerged(worktree: Worktree, history: History, tree: Tree, present: Tree) -> None:
    """Count what stands in a conflicted path as the person's."""
    listed = worktree.git.text("ls-files", "-u", "-z").split("\0")
    for path in {each.split("\t", 1)[1] for each in listed if each}:
        if path in present:
            tree[path] = present[path]
            history.ambiguous.add(path)


def _add_stashes(worktree: Worktree, base: Base, history: History, tree: Tree, present: Tree) -> Tree:
    """Add stashes of before the task that were popped; what lies in one made since is not deleted."""
    now = worktree.git.line("rev-parse", "-q", "--verify", "refs/stash")
    if now == base.stash:
        return tree
    stashes = set(_stashes(worktree)) if now else set()
    for popped in set(base.stashes) - stashes:
        parents = history.parents(popped)
        tree = history.apply(tree, parents[0], popped)
        if len(parents) > 2:
            for path, entry in history.tree(parents[2]).items():
                if present.get(path) == entry:
                    tree[path] = entry
    committed = history.tree(head_of(worktree))
    for made in stashes - set(base.stashes):
        parents = history.parents(made)
        tracked, untracked = history.tree(made), history.tree(parents[2]) if len(parents) > 2 else {}
        for path in base.dirt:
            safe = tree.get(path) in (tracked.get(path), untracked.get(path))
            if tree.get(path) != present.get(path) and safe and present.get(path) == committed.get(path):
                put(tree, path, present.get(path))
    return tree


def _operations(worktree: Worktree) -> list[tuple[str, str]]:
    found = []
    for name in IN_PROGRESS:
        found += [(name, commit) for commit in _git_file(worktree, name).split()]
    squashed = SQUASHED.findall(_git_file(worktree, "SQUASH_MSG"))[:1]
    return found + [("SQUASH_MSG", commit) for commit in squashed]


def _git_file(worktree: Worktree, name: str) -> str:
    try:
        with open(os.path.join(worktree.git_dir, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _stashes(worktree: Worktree) -> list[str]:
    return worktree.git.text("log", "-g", "--format=%H", "refs/stash", check=False).split()


def _keep_raw(worktree: Worktree, paths: list[str]) -> dict[str, str]:
    """Store files byte for byte, in batches of bounded size, and return their digests."""
    kept: dict[str, str] = {}
    names: list[str] = []
    contents: list[bytes] = []
    for path in paths:
        image = read_image(os.path.join(worktree.root, path))
        if image is None or len(image.data) > RAW_LIMIT:
            continue
        names.append(path)
        contents.append(image.data)
        if sum(map(len, contents[-100:])) > RAW_LIMIT or len(contents) >= 500:
            kept |= zip(names, worktree.store.put_many(contents), strict=True)
            names, contents = [], []
    return kept | dict(zip(names, worktree.store.put_many(contents), strict=True)) if names else kept
