"""What commits would be without the ones made here during the task.

V(c), the tree of commit c without local commits: a foreign commit's own tree; a local commit's
parent's V; and for local commits that carry a foreign change (a rewrite by rebase, amend,
cherry-pick or revert, a merge) V of the parent with that foreign change made again. Foreign
content always comes from the foreign original, never from the local commit.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from autonav_server.worktree.git import Git
from autonav_server.worktree.merging import apply_patch, differing, merge_entry, put
from autonav_server.worktree.snapshot import Tree, read_tree

CREATING = re.compile(
    r"^(commit|cherry-pick|revert|am|rebase(?: -i)? \((?:pick|reword|edit|squash|fixup|continue|finish)\)"
    r"|rebase: (?!checkout)|pull.*: (?!Fast-forward|checkout)|merge .*: (?!Fast-forward)|update by|$)"
)
"""Reflog messages of acts that make commits, as against acts that only move HEAD."""

SQUASHING = re.compile(r"rebase.*\((squash|fixup)\)")
REVERTED = re.compile(r"This reverts commit ([0-9a-f]{40})")
REWRITING = ("commit", "rebase", "cherry-pick", "pull", "am")
AMENDING = "commit (amend)"


class LocalCommit(NamedTuple):
    """How a commit came to be made here: its reflog message, and where HEAD was before."""

    message: str
    old: str


class Foreign(NamedTuple):
    """A commit that was not made here, and its author with date, which survive a rewrite."""

    commit: str
    author: str


@dataclass
class History:
    """The commits of one look: which are local, and trees computed once. Discarded after the look.

    `squashed` maps a foreign commit to the local one that took it in.
    """

    git: Git
    known_refs: tuple[str, ...]
    local: dict[str, LocalCommit]
    squashed: dict[str, str]
    ambiguous: set[str] = field(default_factory=set)
    _trees: dict[str, Tree] = field(default_factory=dict)
    _without: dict[str, Tree] = field(default_factory=dict)
    _foreign: list[Foreign] | None = None
    _start_trees: frozenset[str] | None = None

    def tree(self, revision: str) -> Tree:
        """Return the tree of a revision."""
        if revision not in self._trees:
            self._trees[revision] = read_tree(self.git, revision)
        return self._trees[revision]

    def parents(self, commit: str) -> list[str]:
        """Return the parents of a commit."""
        return self.git.text("rev-list", "--parents", "-n1", commit).split()[1:]

    def without_local(self, commit: str) -> Tree:
        """Return V(commit)."""
        if not commit:
            return {}
        if commit not in self._without:
            # Long chains of local commits must not exhaust the stack: compute the oldest first.
            for each in reversed(list(self._local_chain(commit))):
                if each not in self._without:
                    self._without[each] = self._compute(each)
        return self._without[commit]

    def apply(self, onto: Tree, before: str, after: str) -> Tree:
        """Return `onto` with the change between two revisions made; unclean paths are ambiguous."""
        result, unclean = apply_patch(self.git, onto, self.tree(before), self.tree(after))
        self.ambiguous |= unclean
        return result

    def is_foreign(self, commit: str) -> bool:
        """Return whether a commit is reachable from a ref of the start or from a remote-tracking ref."""
        asked = "\n".join((commit, *(f"^{each}" for each in self.known_refs if each)))
        done = self.git("rev-list", "-n1", "--stdin", "--not", "--remotes", stdin=asked.encode(), check=False)
        return done.returncode == 0 and not done.stdout.strip()

    def _local_chain(self, commit: str) -> Iterator[str]:
        seen, waiting = set(), [commit]
        while waiting:
            each = waiting.pop()
            if each in seen or each in self._without:
                continue
            seen.add(each)
            yield each
            if each in self.local:
                waiting += self.parents(each)

    def _compute(self, commit: str) -> Tree:
        if commit not in self.local:
            return self.tree(commit)
        parents = self.parents(commit)
        if len(parents) > 1:
            return self._merge(commit, parents[0], parents[1])
        return self._single(commit, parents[0] if parents else "")

    def _single(self, commit: str, parent: str) -> Tree:
        made = self.local[commit]
        if self._tree_id(commit) in self._trees_of_the_start():
            return self.tree(commit)
        if SQUASHING.match(made.message) and made.old in self.local:
            return self._squash(commit, made.old)
        base = self.without_local(parent)
        if original := self._original(commit):
            return self.apply(base, self._parent(original), original)
        if reverted := self._reverted(commit, made):
            return self.apply(base, reverted, self._parent(reverted))
        return base

    def _merge(self, commit: str, first: str, second: str) -> Tree:
        """Merge path by path; where git itself saw a conflict, somebody's resolution counts."""
        merged = self.git("merge-tree", "--write-tree", "-z", "--no-messages", first, second, check=False)
        parts = os.fsdecode(merged.stdout).split("\0")
        in_conflict = {part.split("\t", 1)[1] for part in parts[1:] if "\t" in part}
        base = self.tree(self.git.line("merge-base", first, second))
        ours, theirs, resolved = self.without_local(first), self.without_local(second), self.tree(commit)
        result: Tree = {}
        for path in ours.keys() | theirs.keys():
            entry, clean = merge_entry(self.git, ours.get(path), base.get(path), theirs.get(path))
            if path in in_conflict or not clean:
                entry = resolved.get(path)
                self.ambiguous.add(path)
            put(result, path, entry)
        return result

    def _squash(self, commit: str, onto: str) -> Tree:
        """Add the foreign commits that a squash or fixup took in: those that fit its tree and were not used."""
        result, made = self.without_local(onto), self.tree(commit)
        used = {self._original(each) for each in self.local if each != commit}
        asked = self.git.text("rev-list", "--reverse", *(each for each in self.known_refs if each), "--not", commit)
        for foreign in asked.split():
            if foreign in used or self.squashed.get(foreign, commit) != commit:
                continue
            before, after = self.tree(self._parent(foreign)), self.tree(foreign)
            tried, _ = apply_patch(self.git, result, before, after)
            if all(tried.get(path) == made.get(path) for path in differing(before, after)):
                result = tried
                self.squashed[foreign] = commit
        return result

    def _original(self, commit: str) -> str | None:
        """Return the foreign commit of which a local one is a rewrite: the amended one, or same author and date."""
        made = self.local[commit]
        if made.message.split(":")[0].split(" ")[0] not in REWRITING:
            return None
        if made.message.startswith(AMENDING):
            return self._original(made.old) if made.old in self.local else made.old
        author = self.git.text("show", "-s", "--format=%an%x00%ae%x00%at", commit).strip()
        for each in self._known():
            if each.author == author and each.commit != commit and each.commit not in self.local:
                return each.commit
        return None

    def _reverted(self, commit: str, made: LocalCommit) -> str | None:
        if not made.message.startswith("revert"):
            return None
        found = REVERTED.search(self.git.text("show", "-s", "--format=%B", commit))
        return found[1] if found and found[1] not in self.local else None

    def _known(self) -> list[Foreign]:
        """Return the commits of every ref, newest first; asked once, and only when a local commit exists."""
        if self._foreign is None:
            refs = [each for each in self.known_refs if each]
            every = ("--remotes", "--branches", "--tags")
            listed = self.git.text("log", "--format=%H%x00%an%x00%ae%x00%at", *refs, *every, check=False)
            rows = (line.split("\0", 1) for line in listed.splitlines() if line.count("\0") == 3)
            self._foreign = [Foreign(*row) for row in rows if row[0] not in self.local]
        return self._foreign

    def _trees_of_the_start(self) -> frozenset[str]:
        if self._start_trees is None:
            refs = [each for each in self.known_refs if each]
            listed = self.git.text("log", "--format=%T", *refs, check=False) if refs else ""
            self._start_trees = frozenset(listed.split())
        return self._start_trees

    def _parent(self, commit: str) -> str:
        parents = self.parents(commit)
        return parents[0] if parents else ""

    def _tree_id(self, commit: str) -> str:
        return self.git.line("rev-parse", f"{commit}^{{tree}}")


def reflog(git_dir: str) -> list[tuple[str, LocalCommit]]:
    """Return `(commit, how it came)` for each line of this worktree's HEAD reflog, oldest first."""
    try:
        with open(os.path.join(git_dir, "logs/HEAD"), "rb") as file:
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        head, _, message = line.partition("\t")
        words = head.split(" ")
        if len(words) > 1:
            found.append((words[1], LocalCommit(message, words[0])))
    return found


def to_json(local: Mapping[str, LocalCommit]) -> dict[str, list[str]]:
    """Return local commits as JSON values."""
    return {commit: list(made) for commit, made in local.items()}
