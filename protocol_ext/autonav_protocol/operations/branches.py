"""List the branches that AutoNav made."""

from dataclasses import dataclass
from enum import StrEnum

from autonav_protocol.operation import Effect, Operation, Params, Result
from autonav_protocol.values.evaluation import TestCounts


class BranchState(StrEnum):
    """What became of a branch since it was made."""

    AS_MADE = "as made"
    ADDED_TO = "added to"
    REWRITTEN = "rewritten"
    RENAMED = "renamed"


@dataclass(frozen=True)
class MadeBranch:
    """A branch that AutoNav made.

    `commits` are those AutoNav made, oldest first, `made` the last of them and `tip` where the
    branch stands now; `added` are commits of others on top. `proof` is the digest of the ledger
    entry that proves the candidate and `tests` what it says, None where it is not found;
    `verified` says whether they ran on what the branch was made with. `merged` says whether HEAD
    contains the tip. `uses` say where the branch is checked out.
    """

    name: str
    run: str
    title: str
    state: BranchState
    commits: tuple[str, ...]
    made: str
    tip: str
    added: tuple[str, ...]
    verified: bool
    merged: bool
    proof: str = ""
    tests: TestCounts | None = None
    uses: tuple[str, ...] = ()


class BranchesParams(Params):
    """List the branches that AutoNav made, by the ledger and by the trailers of their commits.

    Each with its run, commits, the tests that prove it, whether HEAD contains it, and whether
    somebody added to it, rewrote or renamed it.
    """


class BranchesResult(Result):
    """The branches in name order."""

    branches: tuple[MadeBranch, ...]


OPERATION = Operation("branches", "List branches made", BranchesParams, BranchesResult, Effect.READ)
