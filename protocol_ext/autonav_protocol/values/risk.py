"""How much harm a change could do, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Risk:
    """A score from 0 to 100, the sum of what each category contributes, cut at 100."""

    score: int
    contributions: Mapping[str, int] = field(default_factory=dict)
