"""A candidate on the world as it is now: merged three-way in our own object directory, nothing written elsewhere."""

import re
from typing import NamedTuple

from autonav_protocol.errors import Conflict, Unavailable
from autonav_protocol.operations.apply import MergeConflict, Preview
from autonav_protocol.values.candidate import Candidate
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import plain_git, private_git, take_snapshot, write_tree
from autonav_server.worktree.worktree import Worktree

NOBODY = {
    f"GIT_{role}_{name}": value
    for role in ("AUTHOR", "COMMITTER")
    for name, value in (("NAME", "autonav"), ("EMAIL", "autonav@localhost"), ("DATE", "@0 +0000"))
}
"""Who makes the commits that are only merged, never kept."""

HUNK = re.compile(r"^<<<<<<< .*?^>>>>>>> [^\n]*\n?", re.MULTILINE | re.DOTALL)


class Merged(NamedTuple):
    """The candidate on what is here now. `now` is the tree of the working tree, `committed` that of HEAD."""

    preview: Preview
    head: str
    committed: str
    now: str
    tree: str


def merge_now(worktree: Worktree, candidate: Candidate, moved: tuple[str, ...], *, trusted: bool) -> Merged:
    """Merge the candidate's change into the working tree as it is now.

    Raises Conflict where paths are unmerged: there is no base to speak of until somebody has
    decided, and Unavailable with a git that cannot merge trees.
    """
    head = head_of(worktree)
    private = private_git(worktree, run_filters=trusted)
    snapshot = take_snapshot(worktree, private)
    if snapshot.unmerged:
        named = ", ".join(sorted(snapshot.unmerged)[:5])
        raise Conflict(
            f"{_joined(moved)}, and a merge is unfinished in {named}", "finish or abort it, then apply again"
        )
    now = write_tree(worktree, snapshot.tree)
    committed = private.line("rev-parse", f"{head}^{{tree}}") if head else write_tree(worktree, {})
    plain = plain_git(worktree)
    tree, conflicts = _merge(plain, candidate.base, now, candidate.tree)
    diff = "" if conflicts else _diff(plain, now, tree)
    preview = Preview(moved=moved, head=head, clean=not conflicts, diff=diff, conflicts=conflicts)
    return Merged(preview, head, committed, now, tree)


def moved_error(candidate: Candidate, preview: Preview) -> Conflict:
    """Return the error that says what moved, how the candidate fits there, and what can be done."""
    said = f"{_joined(preview.moved)} since candidate {candidate.id} was verified"
    look = f"autonav apply {candidate.id} --preview"
    if preview.conflicts:
        paths = ", ".join(each.path for each in preview.conflicts[:5])
        return Conflict(f"{said}, and it conflicts in {paths}", f"see the hunks: {look}; or explore again")
    if not preview.diff:
        return Conflict(f"{said}, and its change is here already", "there is nothing to apply")
    build = f"build it there, not verified: autonav apply {candidate.id} --onto-now"
    return Conflict(f"{said}; it merges cleanly", f"see the diff: {look}; {build}")


def _merge(plain: Git, base: str, ours: str, theirs: str) -> tuple[str, tuple[MergeConflict, ...]]:
    # git merges trees over a given base only from 2.40; commits that share a parent serve every git since 2.38.
    shared = _commit(plain, base)
    sides = [_commit(plain, tree, "-p", shared) for tree in (ours, theirs)]
    done = plain("merge-tree", "--write-tree", "-z", *sides, check=False)
    if done.returncode > 1:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[:200]
        raise Unavailable(f"git cannot merge trees: {words}", "install git 2.38 or newer")
    words = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    if done.returncode == 0:
        return words[0], ()
    names = {sides[0]: "now", sides[1]: "candidate", shared: "verified on"}
    return words[0], tuple(_conflicts(plain, words, names))


def _conflicts(plain: Git, words: list[str], names: dict[str, str]) -> list[MergeConflict]:
    """Return the paths in conflict with git's reasons and the hunks it could not merge."""
    end = words.index("", 1)
    paths = dict.fromkeys(entry.split("\t", 1)[1] for entry in words[1:end])
    reasons: dict[str, str] = {}
    at = end + 1
    while at < len(words) and words[at].isdigit():
        count = int(words[at])
        kind, message = words[at + count + 1 : at + count + 3]
        if kind.startswith("CONFLICT"):
            reasons |= dict.fromkeys(words[at + 1 : at + 1 + count], _named(message.strip(), names))
        at += count + 3
    return [
        MergeConflict(path=path, reason=reasons.get(path, ""), hunks=_hunks(plain, words[0], path, names))
        for path in paths
    ]


def _hunks(plain: Git, tree: str, path: str, names: dict[str, str]) -> str:
    listed = plain.text("ls-tree", "-z", "--full-tree", tree, "--", path)
    if not listed.startswith("100"):
        return ""
    return _named("".join(HUNK.findall(plain.text("cat-file", "blob", listed.split()[2]))), names)


def _named(text: str, names: dict[str, str]) -> str:
    for commit, name in names.items():
        text = text.replace(commit, name)
    return text


def _diff(plain: Git, before: str, after: str) -> str:
    return plain.text("diff-tree", "-p", "-r", "-M", "--no-ext-diff", "--no-textconv", "--no-color", before, after)


def _commit(plain: Git, tree: str, *parents: str) -> str:
    return plain.with_env(**NOBODY).text("commit-tree", tree, *parents, "-m", "merged, never kept").strip()


def _joined(clauses: tuple[str, ...]) -> str:
    shown = clauses[:4]
    rest = f" and {len(clauses) - 4} more" if len(clauses) > 4 else ""
    return ", ".join(shown) + rest
