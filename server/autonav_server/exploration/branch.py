"""Committing a candidate on a branch of its own, while the person's files, index, stash and HEAD stay as they are.

Commits are made in our private object directory; only when all of them stand are their objects
packed into the repository, and the branch is created by a compare-and-swap that demands it did not exist.
"""

from autonav_protocol.errors import BadRequest, Conflict, Internal, Unavailable
from autonav_protocol.values.candidate import Candidate
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import private_git
from autonav_server.worktree.worktree import Worktree

ABSENT = ""
"""The old value by which update-ref demands that a reference does not exist."""


def commit_on_branch(
    worktree: Worktree, candidate: Candidate, branch: str, trailers: dict[str, str]
) -> tuple[str, ...]:
    """Create `branch` with the candidate on top and return its new commits, oldest first.

    Work that was not committed when the exploration began becomes a commit of its own below
    the fix, so that the branch is exactly what was tested. Raises BadRequest in a folder
    without git or for a branch name git refuses, Conflict where the branch exists, and
    Unavailable where git knows no identity to commit as.
    """
    if not worktree.has_git:
        raise BadRequest(f"{worktree.root} is not in git", "git init, commit, and explore again")
    reference = f"refs/heads/{branch}"
    if worktree.git("check-ref-format", reference, check=False).returncode:
        raise BadRequest(f"{branch} is no branch name")
    if worktree.git.line("rev-parse", "-q", "--verify", reference):
        raise Conflict(f"branch {branch} exists", "name another with --branch")
    private = private_git(worktree)
    commits: list[str] = []
    parent = candidate.head
    if not parent or private.line("rev-parse", f"{parent}^{{tree}}") != candidate.base:
        message = f"Work in progress when run {candidate.run} began\n\n" + _trailers(trailers)
        commits.append(_commit(private, candidate.base, parent, message))
        parent = commits[-1]
    commits.append(_commit(private, candidate.tree, parent, f"{candidate.title}\n\n" + _trailers(trailers)))
    _transfer(worktree, private, commits[-1], candidate.head)
    swapped = worktree.git(
        "update-ref", "--create-reflog", "-m", "autonav apply", reference, commits[-1], ABSENT, check=False
    )
    if swapped.returncode:
        raise Conflict(f"branch {branch} was created meanwhile", "name another with --branch")
    return tuple(commits)


def _commit(private: Git, tree: str, parent: str, message: str) -> str:
    parents = ("-p", parent) if parent else ()
    made = private("commit-tree", tree, *parents, stdin=message.encode(), check=False)
    if made.returncode:
        words = made.stderr.decode("utf-8", "replace")
        if "Please tell me who you are" in words or "empty ident" in words or "auto-detect" in words:
            raise Unavailable("git knows no identity to commit as", "git config user.name and user.email")
        raise Internal(f"git commit-tree failed: {words.strip()[:300]}")
    return made.stdout.decode().strip()


def _transfer(worktree: Worktree, private: Git, commit: str, known: str) -> None:
    wanted = f"{commit}\n" + (f"^{known}\n" if known else "")
    pack = private("pack-objects", "--revs", "--stdout", "-q", stdin=wanted.encode()).stdout
    worktree.git("unpack-objects", "-q", stdin=pack)


def _trailers(trailers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in trailers.items())
