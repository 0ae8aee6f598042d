"""What commits would be without the ones made here during the task.

V(c), the tree of commit c without local commits: a foreign commit's own tree; a local commit's
parent's V; and for local commits that carry a foreign change (a rewrite by rebase, amend,
cherry-pick or revert, a merge) V of the parent with that foreign change made again. Foreign
content comes from the foreign original, never from the local commit, but for conflicts resolved.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from autonav_server.worktree.git import Git
from autonav_server.worktree.local_commits import LocalCommit
from autonav_server.worktree.merging import apply_patch, differing, merge_entry, put
from autonav_server.worktree.snapshot import Tree, read_tree

SQUASHING = re.compile(r"rebase.*\((squash|fixup)\)")
RESOLVING = re.compile(r"rebase|cherry-pick|revert|pull|am\b|commit \((?!amend|initial)")
"""Reflog messages of acts that may stop on a conflict, which somebody then resolves."""


@dataclass
class History:
    """The commits of one look, each tree computed once. Discarded after the look.

    `refs` are commits of before the task. `squashed` maps a foreign commit to the local one
    that took it in. `ambiguous` gathers the paths that a conflict leaves undecided.
    """

    git: Git
    refs: tuple[str, ...]
    local: Mapping[str, LocalCommit]
    squashed: dict[str, str]
    ambiguous: set[str] = field(default_factory=set)
    _trees: dict[str, Tree] = field(default_factory=dict)
    _without: dict[str, Tree] = field(default_factory=dict)

    def tree(self, revision: str) -> Tree:
        """Return the tree of a revision."""
        if revision not in self._trees:
            self._trees[revision] = read_tree(self.git, revision)
        return self._trees[revision]

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return the parents of a commit."""
        if commit in self.local:
            return self.local[commit].parents
        return tuple(self.git.line("rev-list", "--parents", "-n1", commit).split()[1:])

    def parent(self, commit: str) -> str:
        """Return the first parent of a commit, "" for a root."""
        parents = self.parents(commit)
        return parents[0] if parents else ""

    def without_local(self, commit: str) -> Tree:
        """Return V(commit)."""
        if not commit:
            return {}
        if commit not in self._without:
            # Long chains of local commits must not exhaust the stack: compute the oldest first.
            for each in reversed(list(self._chain(commit))):
                if each not in self._without:
                    self._without[each] = self._compute(each)
        return self._without[commit]

    def apply(self, onto: Tree, before: str, after: str) -> Tree:
        """Return `onto` with the change between two revisions made; unclean paths are ambiguous."""
        result, unclean = apply_patch(self.git, onto, self.tree(before), self.tree(after))
        self.ambiguous |= unclean
        return result

    def _chain(self, commit: str) -> Iterator[str]:
        seen, waiting = set(), [commit]
        while waiting:
            each = waiting.pop()
            if each in seen or each in self._without:
                continue
            seen.add(each)
            yield each
            if each in self.local:
                waiting += self.local[each].parents

    def _compute(self, commit: str) -> Tree:
        made = self.local.get(commit)
        if made is None:
            return self.tree(commit)
        if len(made.parents) > 1:
            return self._merge(commit, made.parents[0], made.parents[1])
        if made.restores:
            return self.tree(commit)
        if SQUASHING.match(made.message) and made.old in self.local:
            return self._squash(commit, made.old)
        base = self.without_local(self.parent(commit))
        if made.original:
            return self._remake(commit, base, self.parent(made.original), made.original)
        if made.reverted:
            return self._remake(commit, base, made.reverted, self.parent(made.reverted))
        return base

    def _remake(self, commit: str, base: Tree, before: str, after: str) -> Tree:
        """Make a foreign change again; where it meets a conflict, the resolution in the commit counts."""
        result, unclean = apply_patch(self.git, base, self.tree(before), self.tree(after))
        self.ambiguous |= unclean
        if RESOLVING.match(self.local[commit].message):
            for path in unclean:
                put(result, path, self.tree(commit).get(path))
        return result

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
        used = {each.original for name, each in self.local.items() if name != commit}
        asked = ("rev-list", "--reverse", "--ignore-missing", "--stdin")
        listed = self.git.text(*asked, stdin="\n".join((*self.refs, f"^{commit}")).encode())
        for foreign in listed.split():
            if foreign in used or self.squashed.get(foreign, commit) != commit:
                continue
            before, after = self.tree(self.parent(foreign)), self.tree(foreign)
            tried, _ = apply_patch(self.git, result, before, after)
            if all(tried.get(path) == made.get(path) for path in differing(before, after)):
                result = tried
                self.squashed[foreign] = commit
        return result
