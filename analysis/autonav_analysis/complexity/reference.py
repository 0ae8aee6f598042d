"""How complex named functions are elsewhere, for repositories that have few of their own.

Measured by tests/benchmarks/reference.py, tests and vendored code left out: Python on 7,103 functions of
CPython 3.11's packages, JavaScript and TypeScript on 1,784 of vuejs/core, Go on 498 of gin, Rust on
2,881 of ripgrep, Java on 1,079 of gson, C on 650 of jq, C++ on 876 of nlohmann/json.
"""

from bisect import bisect_right
from collections.abc import Mapping

POINTS = (0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50, 100)

SHARES: Mapping[str, tuple[float, ...]] = {
    "c": (0.366, 0.540, 0.638, 0.705, 0.758, 0.817, 0.857, 0.891, 0.928, 0.946, 0.965, 0.983, 0.992),
    "cpp": (0.608, 0.800, 0.828, 0.877, 0.892, 0.917, 0.932, 0.938, 0.957, 0.960, 0.968, 0.983, 0.993),
    "go": (0.592, 0.761, 0.821, 0.882, 0.904, 0.946, 0.962, 0.962, 0.976, 0.980, 0.988, 0.996, 0.996),
    "java": (0.500, 0.709, 0.802, 0.856, 0.892, 0.921, 0.942, 0.959, 0.971, 0.982, 0.994, 0.996, 1.000),
    "javascript": (0.259, 0.414, 0.507, 0.577, 0.641, 0.714, 0.765, 0.802, 0.858, 0.893, 0.933, 0.962, 0.988),
    "python": (0.542, 0.676, 0.748, 0.801, 0.841, 0.887, 0.918, 0.937, 0.961, 0.974, 0.989, 0.996, 0.999),
    "rust": (0.768, 0.855, 0.893, 0.925, 0.941, 0.956, 0.967, 0.975, 0.987, 0.994, 0.999, 1.000, 1.000),
}
"""For each language the share of functions whose cognitive complexity is at or below each of POINTS."""

ALIKE = {"typescript": "javascript", "tsx": "javascript"}
OTHER = tuple(sum(shares) / len(SHARES) for shares in zip(*SHARES.values(), strict=True))
"""For languages of which no distribution was measured: the mean of the others."""


def reference_percentile(cognitive: int, language: str) -> float:
    """Return the mid-rank of a cognitive complexity among functions of a language elsewhere, in [0, 1]."""
    shares = SHARES.get(ALIKE.get(language, language), OTHER)
    return (_at_or_below(cognitive - 1, shares) + _at_or_below(cognitive, shares)) / 2


def _at_or_below(value: int, shares: tuple[float, ...]) -> float:
    """Return the share at or below a value, linear between the points."""
    if value < 0:
        return 0.0
    index = bisect_right(POINTS, value) - 1
    if index == len(POINTS) - 1:
        return 1.0 - (1.0 - shares[-1]) * POINTS[-1] / max(value, POINTS[-1])
    low, high = POINTS[index], POINTS[index + 1]
    return shares[index] + (shares[index + 1] - shares[index]) * (value - low) / (high - low)
