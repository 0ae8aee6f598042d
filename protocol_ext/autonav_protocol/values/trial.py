"""A controlled comparison of two settings: what both spent on the same tasks, and what that came to."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Cost:
    """What a search spent on a task: between `least` and `most`, equal where it is known; censored where it found nothing."""

    least: float
    most: float
    is_censored: bool = False


@dataclass(frozen=True)
class Pair:
    """What both settings spent on one task."""

    task: str
    a: Cost
    b: Cost


@dataclass(frozen=True)
class Trial:
    """Two settings compared on the same tasks: what `b` costs as a multiple of what `a` does, as geometric means.

    `low` and `high` hold the true `ratio`, None where nothing bounds it. `tasks` counts what was compared, `pairs` the
    pairs of searches behind it; of these `censored` had one that spent its budget, and `unanswered` one whose cost is
    known between bounds alone. Where there are such, `ratio` is None and the interval holds for whatever they cost.
    `evidence` is an e-value: how many times over a bet against "no difference" has multiplied its stake; None with a
    fixed number of tasks. `better` names the one that costs less, or is empty: then `why` says what is missing, and
    `runs_needed` how many more tasks would show a gain of `gain`, None where that cannot be told.
    """

    measure: Literal["evaluations", "seconds"]
    ratio: float | None
    low: float | None
    high: float | None
    tasks: int
    pairs: int
    censored: int
    unanswered: int
    evidence: float | None
    better: Literal["a", "b", ""]
    why: str
    runs_needed: int | None
    gain: float
