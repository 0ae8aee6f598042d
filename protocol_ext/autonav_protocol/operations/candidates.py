"""List verified candidates."""

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.candidate import Candidate


class CandidatesParams(Params):
    """List the candidates found in this worktree, newest run first, with their diffs."""

    run: str | None = option("Only those of this run.", None, metavar="RUN")


class CandidatesResult(Result):
    """The candidates."""

    candidates: tuple[Candidate, ...]


OPERATION = Operation("candidates", "List candidates", CandidatesParams, CandidatesResult, Effect.READ)
