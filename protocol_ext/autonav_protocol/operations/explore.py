"""Search for a change that makes a failing test pass."""

from typing import Literal

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.question import Question


class ExploreParams(Params):
    """Try small edits of the code that a failing test runs, judge each by the project's tests.

    Every candidate shown was run again, whole suite, in a fresh sandbox. Nothing is applied.
    """

    test: str = option("The failing test, as pytest names it.", ..., metavar="ID")
    seconds: float | None = option("Stop after so many seconds.", None, metavar="N", gt=0)
    evaluations: int | None = option("Stop after so many candidates.", None, metavar="N", ge=1)
    cpu_seconds: float | None = option(
        "Stop once the candidates have used so many seconds of CPU.", None, metavar="N", gt=0
    )
    strategy: Literal["staged", "enumerate", "hill", "mcts", "random"] = option(
        "How the search goes on: single edits in order of likelihood first, then below what helped (staged), or one way alone.",
        "staged",
    )
    seed: int = option("Decides where chance does.", 0, metavar="N", ge=0)
    ask: bool = Field(
        default=False,
        description="Ask the proposers of your own config.toml too, after the likeliest single edits; with `staged`.",
    )
    resume: str | None = option("Go on with a run that was cut off, on the same files.", None, metavar="RUN")
    stop_after: int | None = option(
        "Stop once so many candidates are verified; by default soon after the first.", None, metavar="N", ge=1, le=10
    )


class ExploreResult(Result):
    """What was tried and what was found, best first; `base` is the run before any edit.

    `questions` are calls on which verified candidates differ: which is right is for a person to say.
    """

    run: str
    test: str
    evaluations: int
    proposals: int
    seconds: float
    candidates: tuple[Candidate, ...]
    base: Evaluation
    explanation: str
    cpu_seconds: float = 0.0
    questions: tuple[Question, ...] = ()


OPERATION = Operation("explore", "Find a fix", ExploreParams, ExploreResult, Effect.EXECUTE)
