"""Which commits were made here during a task, and of which foreign commits they are rewrites.

A commit is local when this worktree's HEAD reached it by an act that makes commits, and it was
not known before. All other commits are foreign: the person's history, what they pulled or fetched.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from autonav_server.worktree.git import Git

CREATING = re.compile(
    r"^(commit|cherry-pick|revert|am|rebase(?: -i)? \((?:pick|reword|edit|squash|fixup|continue|finish)\)"
    r"|rebase: (?!checkout)|pull.*: (?!Fast-forward|checkout)|merge .*: (?!Fast-forward)|update by|$)"
)
"""Reflog messages of acts that make commits, as against acts that only move HEAD."""

COMMITTING = re.compile(r"commit\b")
AMENDING = "commit (amend)"
REWRITING = re.compile(r"(commit|rebase|cherry-pick|pull|am)\b")
REVERTED = re.compile(r"This reverts commit ([0-9a-f]{40,64})")
UNRECORDED = "?"
"""Stands for the message of a commit that the reflog does not mention."""


@dataclass(frozen=True)
class LocalCommit:
    """How a commit came to be made here.

    `message` is its reflog's, `old` where HEAD was before. `original` is the foreign commit it
    is a rewrite of, `reverted` the foreign commit it takes back; `restores` says that its tree
    is one that a foreign commit has.
    """

    message: str
    old: str
    parents: tuple[str, ...] = ()
    original: str = ""
    reverted: str = ""
    restores: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "LocalCommit":
        """Return what `to_json` gave."""
        return cls(**{**given, "parents": tuple(given["parents"])})


class Move(NamedTuple):
    """One line of HEAD's reflog: HEAD went from `old` to `new`."""

    new: str
    old: str
    message: str


class _Commit(NamedTuple):
    commit: str
    parents: str
    tree: str
    author: str
    authored_at: str
    committed_at: str
    body: str


class _Foreign(NamedTuple):
    tree: str
    author: str
    authored_at: str
    commit: str


def reflog(git_dir: str) -> list[Move]:
    """Return this worktree's HEAD reflog, oldest first."""
    try:
        with open(os.path.join(git_dir, "logs/HEAD"), "rb") as file:
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return []
    found = []
    for line in lines:
        head, _, message = line.partition("\t")
        words = head.split(" ")
        if len(words) > 1:
            found.append(Move(words[1], words[0], message))
    return found


def learn(
    git: Git,
    moves: Iterable[Move],
    head: str,
    refs: Iterable[str],
    local: Mapping[str, LocalCommit],
    foreign: frozenset[str],
) -> tuple[dict[str, LocalCommit], frozenset[str]]:
    """Return the local and the foreign commits known after HEAD made `moves` and stands on `head`.

    `refs` are commits known at the start of the task.
    """
    refs, seen = tuple(refs), set(foreign)
    made: dict[str, Move] = {}
    for move in (*moves, *([Move(head, "", UNRECORDED)] if head else ())):
        if move.new in local or move.new in made or move.new in seen:
            continue
        new: list[str] = []
        if move.message == UNRECORDED or CREATING.match(move.message):
            new = _unknown(git, move, refs, seen)
        if new:
            made[move.new] = move
        else:
            seen.add(move.new)
        for commit in new[1:]:
            # Several commits may come by one move of HEAD, and a reflog may be off or expired.
            if commit in local or commit in made:
                break
            made[commit] = Move(commit, "", UNRECORDED)
    if not made:
        return dict(local), frozenset(seen)
    return {**local, **_described(git, made, refs, local)}, frozenset(seen)


def _unknown(git: Git, move: Move, refs: tuple[str, ...], foreign: set[str]) -> list[str]:
    """Return the commit and its first parents that no ref of the start, foreign commit or remote holds.

    A commit that the reflog says was made by `git commit` is not foreign for having been pushed since.
    """
    excluded = [f"^{each}" for each in (*refs, *foreign)]
    remotes = () if COMMITTING.match(move.message) else ("--not", "--remotes")
    asked = ("rev-list", "--first-parent", "--ignore-missing", "--stdin", *remotes)
    return git.text(*asked, stdin="\n".join((move.new, *excluded)).encode(), check=False).split()


def _described(
    git: Git, made: Mapping[str, Move], refs: tuple[str, ...], local: Mapping[str, LocalCommit]
) -> dict[str, LocalCommit]:
    commits = _read_commits(git, made)
    foreign = [each for each in _foreign_commits(git, refs) if each.commit not in made and each.commit not in local]
    trees = {each.tree for each in foreign}
    by_author = {(each.author, each.authored_at): each.commit for each in reversed(foreign)}
    described: dict[str, LocalCommit] = {}
    for name, move in made.items():
        commit = commits.get(name)
        if commit is None:
            described[name] = LocalCommit(move.message, move.old)
            continue
        reverted = REVERTED.search(commit.body)
        earlier = described.get(move.old) or local.get(move.old)
        if move.message.startswith(AMENDING):
            original = earlier.original if earlier else move.old
        else:
            original = by_author.get((commit.author, commit.authored_at), "") if _may_rewrite(move, commit) else ""
        described[name] = LocalCommit(
            message=move.message,
            old=move.old,
            parents=tuple(commit.parents.split()),
            original=original,
            reverted=reverted[1] if reverted and reverted[1] not in {**made, **local} else "",
            restores=commit.tree in trees,
        )
    return described


def _may_rewrite(move: Move, commit: _Commit) -> bool:
    """Return whether a commit may carry another's author and date: an ordinary one has its own."""
    return bool(REWRITING.match(move.message)) and not (
        move.message.startswith("commit:") and commit.authored_at == commit.committed_at
    )


def _read_commits(git: Git, commits: Iterable[str]) -> dict[str, _Commit]:
    wanted = "--format=%H%x00%P%x00%T%x00%an <%ae>%x00%at%x00%ct%x00%B"
    asked = ("log", "--no-walk=unsorted", "--ignore-missing", "--stdin", "-z", wanted)
    fields = git.text(*asked, stdin="\n".join(commits).encode(), check=False).split("\0")
    width = len(_Commit._fields)
    rows = [_Commit(*fields[start : start + width]) for start in range(0, len(fields) - width + 1, width)]
    return {row.commit: row for row in rows}


def _foreign_commits(git: Git, refs: Iterable[str]) -> list[_Foreign]:
    """Return the commits of the refs of the start and of now, newest first."""
    wanted = "--format=%T%x00%an <%ae>%x00%at%x00%H"
    asked = ("log", "--ignore-missing", "--stdin", "--remotes", "--branches", "--tags", wanted)
    listed = git.text(*asked, stdin="\n".join(refs).encode(), check=False)
    return [_Foreign(*row.split("\0")) for row in listed.split("\n") if row.count("\0") == 3]
