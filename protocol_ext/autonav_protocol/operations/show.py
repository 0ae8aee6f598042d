"""Show a candidate."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument
from autonav_protocol.values.candidate import Candidate


class ShowParams(Params):
    """Show a candidate's diff, and what was proved about it; an editor opens it as a document."""

    candidate: str = argument("The candidate's id.", metavar="ID")


class ShowResult(Result):
    """The candidate, and the file its diff was written to."""

    candidate: Candidate
    path: str


OPERATION = Operation("show", "Show a candidate", ShowParams, ShowResult, Effect.READ)
