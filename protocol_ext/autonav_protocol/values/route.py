"""Whether a piece of work takes the single loop or the search, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Route:
    """A decision. `contributions` sum to `score`, which lies in [0, 1] between `lower` and `upper`.

    The lower bound decides, unless `signals` of a run that is under way do, or `at_random` it is the other way, so that
    both can be compared. `explanation` is one line.
    """

    score: float
    threshold: float
    route: Literal["single_loop", "search"]
    contributions: Mapping[str, float]
    explanation: str
    lower: float = 0.0
    upper: float = 1.0
    signals: tuple[str, ...] = ()
    at_random: bool = False
