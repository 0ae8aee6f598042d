"""The branches that AutoNav made: found by the ledger and the trailers of their commits, and discarded again.

A name proves nothing: a person may have made a branch of that name anew. A branch is ours where the
ledger names it and it contains what the ledger says was put there, or where its own reflog begins
with our creating it and the trailers of that commit name an entry of the ledger.
"""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from autonav_protocol.errors import Conflict, NotFound, Refused
from autonav_protocol.operations.branches import BranchState, MadeBranch
from autonav_server.exploration.application import LEDGER, RUN, VERIFIED
from autonav_server.exploration.branch import HEADS, REFLOG, uses_of
from autonav_server.exploration.proof import APPLIED, Proof, proof_for, proof_with, records
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.worktree import Worktree

TRAILERS = "%x00".join(f"%(trailers:key={key},valueonly,separator=%x20)" for key in (RUN, LEDGER, VERIFIED))


class _Trailers(NamedTuple):
    run: str
    ledger: str
    verified: str


class _Origin(NamedTuple):
    """What AutoNav put on a branch, and how that is known."""

    run: str
    commits: tuple[str, ...]
    verified: bool
    proof: Proof | None
    state: BranchState


def made_branches(worktree: Worktree) -> tuple[MadeBranch, ...]:
    """Return the branches that AutoNav made and that still exist, in name order."""
    if not worktree.has_git:
        return ()
    applied = {each.data["branch"]: each.data for each in records(worktree.store, APPLIED)}
    head = head_of(worktree)
    listed = worktree.git.text("for-each-ref", f"--format=%(objectname) %(refname)%00{_run_of_tip()}%00", HEADS)
    words = listed.split("\0")
    found = []
    for row, run in zip(words[::2], words[1::2], strict=False):
        tip, reference = row.strip().split(" ", 1)
        name = reference.removeprefix(HEADS)
        if name not in applied and not run:
            continue
        origin = _origin(worktree, name, tip, applied.get(name))
        if origin is not None:
            found.append(_described(worktree, name, tip, origin, head))
    return tuple(found)


def demand_discardable(worktree: Worktree, name: str) -> MadeBranch:
    """Return the branch where it may be discarded.

    Raises NotFound where there is none, Refused where AutoNav did not make it, and Conflict,
    naming what differs, where it is not what AutoNav made or somebody has it checked out.
    """
    if not worktree.has_git or not worktree.git.line("rev-parse", "-q", "--verify", HEADS + name):
        raise NotFound(f"there is no branch {name}", "autonav branches lists them")
    branch = next((each for each in made_branches(worktree) if each.name == name), None)
    if branch is None:
        raise Refused(f"AutoNav did not make branch {name}", f"git branch -d {shlex.quote(name)}, if you want it gone")
    if branch.uses:
        raise Conflict(f"branch {name} is {branch.uses[0]}", "switch to another branch there first")
    kept = f"it stays; git branch -D {shlex.quote(name)} deletes it all the same"
    if branch.state == BranchState.ADDED_TO:
        subjects = worktree.git.text("log", "--no-walk=unsorted", "--format=%h %s", *branch.added[:3]).splitlines()
        raise Conflict(f"branch {name} has commits that AutoNav did not make: {', '.join(subjects)}", kept)
    if branch.state == BranchState.REWRITTEN:
        said = f"branch {name} stands at {branch.tip[:12]}, and AutoNav made it at {branch.made[:12]}"
        raise Conflict(said, kept)
    if branch.state == BranchState.RENAMED:
        raise Conflict(f"somebody gave branch {name} its name", kept)
    return branch


def delete_branch(worktree: Worktree, branch: MadeBranch) -> None:
    """Delete the branch if it still stands where it was seen; raise Conflict else."""
    done = worktree.git("update-ref", "--no-deref", "-d", HEADS + branch.name, branch.tip, check=False)
    if done.returncode:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        raise Conflict(f"branch {branch.name} cannot be deleted: {words}", "nothing was changed")


def _described(worktree: Worktree, name: str, tip: str, origin: _Origin, head: str) -> MadeBranch:
    made = origin.commits[-1]
    added = worktree.git.text("rev-list", f"{made}..{tip}").split() if origin.state == BranchState.ADDED_TO else []
    contained = bool(head) and _contains(worktree, head, tip)
    return MadeBranch(
        name=name,
        run=origin.run,
        title=worktree.git.text("log", "-1", "--format=%s", made, check=False).strip(),
        state=origin.state,
        commits=origin.commits,
        made=made,
        tip=tip,
        added=tuple(added),
        verified=origin.verified and origin.state in (BranchState.AS_MADE, BranchState.RENAMED),
        merged=contained,
        proof=origin.proof.digest if origin.proof else "",
        tests=origin.proof.tests if origin.proof else None,
        uses=uses_of(worktree, HEADS + name),
    )


def _origin(worktree: Worktree, name: str, tip: str, applied: Mapping[str, Any] | None) -> _Origin | None:
    if applied is not None:
        commits = tuple(applied["commits"])
        proof = proof_for(worktree.store, applied["run"], applied["candidate"])
        said = applied.get("verified", True)
        if tip == commits[-1]:
            return _Origin(applied["run"], commits, said, proof, BranchState.AS_MADE)
        if _contains(worktree, tip, commits[-1]):
            return _Origin(applied["run"], commits, said, proof, BranchState.ADDED_TO)
        if _trailers(worktree, tip).run == applied["run"]:
            return _Origin(applied["run"], commits, said, proof, BranchState.REWRITTEN)
    return _unrecorded(worktree, name, tip)


def _unrecorded(worktree: Worktree, name: str, tip: str) -> _Origin | None:
    """Return the origin of a branch that was renamed, or whose record was cut off, from its own reflog."""
    entries = worktree.git.text("log", "-g", "--format=%H%x00%gs", HEADS + name, "--", check=False).splitlines()
    if not entries:
        return None
    made, _, said = entries[-1].partition("\0")
    marks = _trailers(worktree, made)
    proof = proof_with(worktree.store, marks.ledger, marks.run) if said == REFLOG and marks.run else None
    if proof is None:
        return None
    commits = (*_below(worktree, made, marks.run), made)
    if tip == made:
        state = BranchState.AS_MADE if len(entries) == 1 else BranchState.RENAMED
    else:
        state = BranchState.ADDED_TO if _contains(worktree, tip, made) else BranchState.REWRITTEN
    return _Origin(marks.run, commits, marks.verified != "no", proof, state)


def _below(worktree: Worktree, made: str, run: str) -> Iterator[str]:
    """Yield the commit of unfinished work below a fix, where there is one."""
    parent = worktree.git.line("rev-parse", "-q", "--verify", f"{made}^")
    if parent and _trailers(worktree, parent).run == run:
        yield parent


def _trailers(worktree: Worktree, commit: str) -> _Trailers:
    said = worktree.git.text("log", "-1", f"--format={TRAILERS}", commit, "--", check=False).rstrip("\n")
    return _Trailers(*(each.strip() for each in (*said.split("\0"), "", "")[:3]))


def _contains(worktree: Worktree, commit: str, ancestor: str) -> bool:
    return worktree.git("merge-base", "--is-ancestor", ancestor, commit, check=False).returncode == 0


def _run_of_tip() -> str:
    return f"%(contents:trailers:key={RUN},valueonly,separator=%20)"
