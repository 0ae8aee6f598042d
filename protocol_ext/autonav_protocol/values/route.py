"""Whether a piece of work takes the single loop or the search, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Route:
    """A decision. `contributions` sum to `score`, which lies in [0, 1]; `explanation` is one line."""

    score: float
    threshold: float
    route: Literal["single_loop", "search"]
    contributions: Mapping[str, float]
    explanation: str
