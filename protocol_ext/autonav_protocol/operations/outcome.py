"""What became of what was applied."""

from dataclasses import dataclass
from typing import Literal

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option

Became = Literal["kept", "reverted", "rewritten", "not merged", "too young"]
"""Seven days after a change arrived on the branch: its lines stand there together, what it replaced is back, or
neither. Or it never arrived, or that is not seven days ago."""


class OutcomeParams(Params):
    """List what became of applied candidates on the branch that is checked out, by content; or say more of one.

    With `ci` or `review_minutes` it is noted, in this repository's ledger alone, what you say of a run or a task.
    """

    of: str | None = argument("A run or a task, by its id or slug.", default=None, metavar="RUN|TASK")
    ci: Literal["green", "red"] | None = option("How the CI of its branch ended; a person's to say.", None)
    review_minutes: float | None = option(
        "How many minutes people reviewed it; yours to say, or not.", None, metavar="N", ge=0
    )


@dataclass(frozen=True)
class KnownOutcome:
    """What is known of a run or task. `became` is None where nothing of it was applied, `commit` where it was judged.

    `score` is 1 for a green CI or 0, less the hours of review, where both were said.
    """

    of: str
    candidate: str = ""
    branch: str = ""
    at: str = ""
    became: Became | None = None
    commit: str = ""
    ci: Literal["green", "red"] | None = None
    review_minutes: float | None = None
    score: float | None = None


class OutcomeResult(Result):
    """The outcomes, oldest first; `kept` of the `judged` that arrived and stood for seven days."""

    outcomes: tuple[KnownOutcome, ...]
    kept: int
    judged: int


OPERATION = Operation("outcome", "What became of it", OutcomeParams, OutcomeResult, Effect.READ)
