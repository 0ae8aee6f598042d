"""Lower the complexity of a function, tests green."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.candidate import Candidate


class SimplifyParams(Params):
    """Make one Python function easier to follow, and keep its tests green.

    Most steps are equivalent by construction; those that need a check are shown as verified only where the function's
    tests notice four of five small faults put into it. What no test runs is changed by construction alone.
    """

    path: str = argument("The file, relative to the root.", metavar="PATH")
    function: str | None = option("The function's name, as in Class.method.", None, metavar="NAME")
    line: int | None = option("A line in the function, instead of its name.", None, metavar="N", ge=1)
    constructed_only: bool = Field(default=False, description="Only steps that are equivalent by construction.")
    seconds: float | None = option("Stop after so many seconds.", None, metavar="N", gt=0)
    evaluations: int | None = option("Stop after so many changes were tried.", None, metavar="N", ge=1)


class SimplifyResult(Result):
    """What came of it; no candidate where nothing was worth it."""

    run: str
    candidates: tuple[Candidate, ...]
    evaluations: int
    seconds: float
    explanation: str


OPERATION = Operation("simplify", "Simplify a function", SimplifyParams, SimplifyResult, Effect.EXECUTE)
