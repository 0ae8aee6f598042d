"""Commits on a branch of their own, while the person's files, index, stash and HEAD stay as they are.

Commits are made in our private object directory. Only when all of them stand and the branch can be
made are their objects copied into the repository, and the branch is created by a compare-and-swap
that demands it did not exist. HEAD is compared, never locked: `update-ref` can verify it in the same
transaction, but then git 2.39 writes a line into the reflog of HEAD that says HEAD became nothing.
"""

import glob
import os
from typing import NamedTuple

from autonav_protocol.errors import BadRequest, Conflict, Internal, Unavailable
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import private_git
from autonav_server.worktree.worktree import Worktree

REFLOG = "autonav apply"
"""What the reflog of a branch says first where we made the branch."""

ABSENT = ""
"""The old value by which update-ref demands that a reference does not exist."""

HEADS = "refs/heads/"
ANOTHER = "name another with --branch"
REBASED = ("rebase-merge/head-name", "rebase-apply/head-name", "rebase-merge/update-refs", "BISECT_START")
"""Files of a git dir that name branches which will be moved or checked out when an operation ends."""


class Layer(NamedTuple):
    """A commit to make: its tree and its whole message."""

    tree: str
    message: str


def commit_on_branch(
    worktree: Worktree, branch: str, head: str, layers: tuple[Layer, ...], *, sign: bool
) -> tuple[str, ...]:
    """Create `branch` on the commit `head` ("" for none) with the layers on top; return them, oldest first.

    Raises BadRequest for a branch name git refuses, Conflict where the branch exists or HEAD is
    not, or no longer, `head`, and Unavailable where git has no identity, cannot sign or cannot write.
    """
    reference = free_reference(worktree, branch)
    private = private_git(worktree)
    commits: list[str] = []
    for layer in layers:
        commits.append(_commit(private, layer, commits[-1] if commits else head, sign=sign))
    _demand_possible(worktree, private, reference, commits[-1])
    _transfer(worktree, private, commits[-1], head)
    if head_of(worktree) != head:
        raise Conflict("HEAD moved meanwhile", "look at it again: autonav apply --preview")
    swapped = worktree.git(
        "update-ref", "--no-deref", "--create-reflog", "-m", REFLOG, reference, commits[-1], ABSENT, check=False
    )
    if swapped.returncode:
        raise _not_created(reference, swapped.stderr)
    return tuple(commits)


def free_reference(worktree: Worktree, branch: str) -> str:
    """Return the reference of a branch that does not exist and that no worktree waits to create."""
    reference = HEADS + branch
    well_formed = worktree.git("check-ref-format", reference, check=False).returncode == 0
    if not well_formed or branch.startswith("-") or branch == "HEAD":
        raise BadRequest(f"{branch} is no branch name")
    for asked in (("rev-parse", "-q", "--verify", reference), ("symbolic-ref", "-q", reference)):
        if worktree.git.line(*asked):
            raise Conflict(f"branch {branch} exists", ANOTHER)
    if used := uses_of(worktree, reference):
        raise Conflict(f"branch {branch} is the one {used[0]}", ANOTHER)
    return reference


def uses_of(worktree: Worktree, reference: str) -> tuple[str, ...]:
    """Return which worktrees have a branch checked out, unborn or in the middle of a rebase or bisect."""
    found, path = [], ""
    for line in worktree.git.text("worktree", "list", "--porcelain", "-z").split("\0"):
        if line.startswith("worktree "):
            path = line.removeprefix("worktree ")
        elif line == f"branch {reference}":
            found.append(f"checked out in {path}")
    linked = glob.glob(os.path.join(glob.escape(worktree.common_dir), "worktrees", "*"))
    for folder in (worktree.common_dir, *sorted(linked)):
        for name in REBASED:
            words = _lines(os.path.join(folder, name))
            if reference in words or (name == "BISECT_START" and reference.removeprefix(HEADS) in words):
                found.append(f"that {name.split('/')[0].lower()} in {folder} returns to")
    return tuple(found)


def _commit(private: Git, layer: Layer, parent: str, *, sign: bool) -> str:
    options = (*(("-p", parent) if parent else ()), *(("-S",) if sign else ()))
    message = layer.message.encode("utf-8", "replace")
    # The message is UTF-8 whatever encoding the person's own commits are in.
    made = private("-c", "i18n.commitEncoding=UTF-8", "commit-tree", layer.tree, *options, stdin=message, check=False)
    if made.returncode == 0:
        return made.stdout.decode().strip()
    words = made.stderr.decode("utf-8", "replace")
    if "Please tell me who you are" in words or "empty ident" in words or "auto-detect" in words:
        raise Unavailable("git knows no identity to commit as", "git config user.name and user.email")
    said = " ".join(words.split())[:300]
    if sign:
        raise Unavailable(f"the commit cannot be signed: {said}", "git commit -S must work; nothing was changed")
    raise Internal(f"git commit-tree failed: {said}")


def _demand_possible(worktree: Worktree, private: Git, reference: str, commit: str) -> None:
    """Prepare the creation and abort it, so that what prevents it shows before the repository gets an object."""
    steps = f"start\0create {reference}\0{commit}\0prepare\0abort\0"
    tried = private("update-ref", "--no-deref", "-z", "--stdin", stdin=os.fsencode(steps), check=False)
    if tried.returncode:
        raise _not_created(reference, tried.stderr)
    logs = os.path.join(worktree.common_dir, "logs")
    if os.path.isdir(logs) and not os.access(logs, os.W_OK):
        raise Unavailable(f"git cannot write to {logs}", "nothing was changed")


def _not_created(reference: str, stderr: bytes) -> Conflict | Unavailable:
    branch, words = reference.removeprefix(HEADS), " ".join(stderr.decode("utf-8", "replace").split())
    if "reference already exists" in words:
        return Conflict(f"branch {branch} was created meanwhile", ANOTHER)
    if "cannot create" in words and "exists" in words:
        return Conflict(f"another branch stands in the way of {branch}: {words[-200:]}", ANOTHER)
    if "File exists" in words:
        return Unavailable(f"another git process holds {branch}", "let it end, or remove the lock file that git left")
    return Unavailable(f"git cannot create branch {branch}: {words[:300]}", "make the repository writable")


def _transfer(worktree: Worktree, private: Git, commit: str, known: str) -> None:
    wanted = f"{commit}\n" + (f"^{known}\n" if known else "")
    pack = private("pack-objects", "--revs", "--stdout", "-q", stdin=wanted.encode()).stdout
    done = worktree.git("unpack-objects", "-q", stdin=pack, check=False)
    if done.returncode:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise Unavailable(f"git cannot write objects: {words}", "make the repository writable; no branch was made")


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read().split("\n")
    except OSError:
        return []
