"""Where work goes on in code that is hard to follow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Hotspot:
    """A file: how many commits touched it, lines they changed, and the cognitive complexity of its functions.

    `score` is the product of two percentiles in [0, 1], of commits and of complexity, among the
    files that were measured; `worst` is the most complex function, on 1-based `worst_line`.
    """

    path: str
    score: float
    commits: int
    lines_changed: int
    cognitive: int
    worst: str
    worst_cognitive: int
    worst_line: int
