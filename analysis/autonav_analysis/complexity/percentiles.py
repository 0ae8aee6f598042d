"""Where a value stands among others: the mid-rank, which is fair to ties."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from autonav_protocol.values.complexity import FunctionComplexity


def percentile(value: float, population: Sequence[float]) -> float:
    """Return the share of a sorted population below `value`, half of its equals included, in [0, 1]."""
    if not population:
        return 0.0
    return (bisect_left(population, value) + bisect_right(population, value)) / 2 / len(population)


def with_percentiles(functions: Iterable[FunctionComplexity]) -> tuple[FunctionComplexity, ...]:
    """Return the functions with their percentile by cognitive complexity among each other."""
    listed = tuple(functions)
    population = sorted(each.cognitive for each in listed)
    ranks = {value: round(percentile(value, population), 4) for value in set(population)}
    return tuple(replace(each, percentile=ranks[each.cognitive]) for each in listed)
