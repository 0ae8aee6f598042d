"""Making a branch of a verified candidate: on what it was verified on, or on what is here now and then unverified."""

from collections.abc import Mapping
from typing import NamedTuple

from blake3 import blake3

from autonav_analysis.findings import one_line
from autonav_protocol.errors import BadRequest, Conflict, NotFound, Refused
from autonav_protocol.operations.apply import Preview
from autonav_protocol.values.candidate import Candidate
from autonav_server.exploration.branch import Layer, commit_on_branch, free_reference
from autonav_server.exploration.moved import what_moved
from autonav_server.exploration.preview import Merged, merge_now, moved_error
from autonav_server.exploration.proof import Proof, proof_of
from autonav_server.exploration.signing import signs_commits
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.snapshot import private_git
from autonav_server.worktree.worktree import Worktree

RUN, LEDGER, VERIFIED = "AutoNav-Run", "AutoNav-Ledger", "AutoNav-Verified"


class Applied(NamedTuple):
    """The commits made, oldest first, the commit they stand on, and whether what they are was tested."""

    commits: tuple[str, ...]
    head: str
    verified: bool


def preview(worktree: Worktree, candidate: Candidate, *, trusted: bool) -> Preview:
    """Return how the candidate fits on what is here now."""
    _demand(worktree, candidate)
    moved = what_moved(worktree, candidate, trusted=trusted)
    if moved:
        return merge_now(worktree, candidate, moved, trusted=trusted).preview
    return Preview(moved=(), head=head_of(worktree), clean=True, diff=candidate.diff)


def apply_as_verified(
    worktree: Worktree, candidate: Candidate, branch: str, diff: str | None, *, trusted: bool
) -> Applied:
    """Commit what was verified on the commit it was verified on.

    Work that was not committed then becomes a commit of its own below the fix, so that the branch
    is exactly what was tested. Raises Conflict where anything moved since, saying how it fits now.
    """
    proof = _demand(worktree, candidate)
    free_reference(worktree, branch)
    _demand_seen(candidate, candidate.diff, diff)
    if moved := what_moved(worktree, candidate, trusted=trusted):
        raise moved_error(candidate, merge_now(worktree, candidate, moved, trusted=trusted).preview)
    layers = (Layer(candidate.tree, _message(candidate.title, _trailers(candidate, proof))),)
    head = candidate.head
    if not head or private_git(worktree).line("rev-parse", f"{head}^{{tree}}") != candidate.base:
        below = _message(f"Work in progress when run {candidate.run} began", _trailers(candidate, proof))
        layers = (Layer(candidate.base, below), *layers)
    sign = signs_commits(worktree, trusted=trusted)
    return Applied(commit_on_branch(worktree, branch, head, layers, sign=sign), head, verified=True)


def apply_onto_now(
    worktree: Worktree, candidate: Candidate, branch: str, diff: str | None, *, trusted: bool
) -> Applied:
    """Commit the candidate's change on HEAD and the working tree as they are now, and say that it is not verified.

    Where nothing moved this is `apply_as_verified`. `diff`, where given, is the BLAKE3 of the
    preview's diff.
    """
    proof = _demand(worktree, candidate)
    moved = what_moved(worktree, candidate, trusted=trusted)
    if not moved:
        return apply_as_verified(worktree, candidate, branch, diff, trusted=trusted)
    free_reference(worktree, branch)
    merged = merge_now(worktree, candidate, moved, trusted=trusted)
    if merged.preview.conflicts or not merged.preview.diff:
        raise moved_error(candidate, merged.preview)
    _demand_seen(candidate, merged.preview.diff, diff)
    trailers = {**_trailers(candidate, proof), VERIFIED: "no"}
    layers = (*_work(worktree, candidate, merged, trailers, trusted=trusted),)
    layers = (*layers, Layer(merged.tree, _message(candidate.title, trailers)))
    sign = signs_commits(worktree, trusted=trusted)
    return Applied(commit_on_branch(worktree, branch, merged.head, layers, sign=sign), merged.head, verified=False)


def _work(
    worktree: Worktree, candidate: Candidate, merged: Merged, trailers: Mapping[str, str], *, trusted: bool
) -> tuple[Layer, ...]:
    """Return the commit of what is not committed now, none where everything is."""
    if merged.now == merged.committed:
        return ()
    if not trusted:
        # Filters decide what such files would be committed as, and filters are programs.
        raise Refused(
            f"{worktree.root} is not trusted, so work that is not committed stays out of commits",
            "commit it, or trust the worktree: autonav trust",
        )
    return (Layer(merged.now, _message(f"Work in progress when run {candidate.run} was applied", trailers)),)


def _demand(worktree: Worktree, candidate: Candidate) -> Proof:
    if not worktree.has_git:
        raise BadRequest(f"{worktree.root} is not in git", "git init, commit, and explore again")
    if not candidate.verified:
        raise Refused(f"candidate {candidate.id} is not verified", "explore again")
    proof = proof_of(worktree.store, candidate)
    if proof is None:
        raise Refused(f"no ledger entry proves candidate {candidate.id}", "explore again")
    for tree in (candidate.base, candidate.tree):
        if private_git(worktree)("cat-file", "-e", f"{tree}^{{tree}}", check=False).returncode:
            raise NotFound(f"the files of candidate {candidate.id} are no longer kept", "explore again")
    return proof


def _demand_seen(candidate: Candidate, diff: str, seen: str | None) -> None:
    if seen is not None and blake3(diff.encode("utf-8", "surrogateescape")).hexdigest() != seen:
        raise Conflict(f"candidate {candidate.id} is not the diff you saw", "look at it again")


def _trailers(candidate: Candidate, proof: Proof) -> dict[str, str]:
    return {RUN: candidate.run, LEDGER: proof.digest}


def _message(title: str, trailers: Mapping[str, str]) -> str:
    """Return the message; a title is one line, whatever it was made from, so that it cannot forge a trailer."""
    return f"{one_line(' '.join(title.split()))}\n\n" + "".join(
        f"{name}: {value}\n" for name, value in trailers.items()
    )
