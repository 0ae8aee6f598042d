"""Where a value stands among others: the mid-rank, which is fair to ties."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from autonav_analysis.complexity.reference import reference_percentile
from autonav_analysis.syntax.grammars import language_for
from autonav_analysis.syntax.names import ANONYMOUS
from autonav_protocol.values.complexity import FunctionComplexity

REFERENCE_WEIGHT = 500
"""How many functions of a repository count as much as the reference does; a choice, not a measurement."""


def percentile(value: float, population: Sequence[float]) -> float:
    """Return the share of a sorted population below `value`, half of its equals included, in [0, 1]."""
    if not population:
        return 0.0
    return (bisect_left(population, value) + bisect_right(population, value)) / 2 / len(population)


def with_percentiles(functions: Iterable[FunctionComplexity]) -> tuple[FunctionComplexity, ...]:
    """Return the functions with their percentile by cognitive complexity, as `Ranking` gives it."""
    listed = tuple(functions)
    ranking = Ranking(listed)
    return tuple(replace(each, percentile=ranking.percentile(each.path, each.cognitive)) for each in listed)


class Ranking:
    """The distribution of a repository's named functions, each language by itself, shrunk to the reference.

    With n functions of a language a percentile is n parts theirs and REFERENCE_WEIGHT parts the reference's.
    """

    def __init__(self, functions: Iterable[FunctionComplexity]) -> None:
        values: dict[str, list[float]] = defaultdict(list)
        for each in functions:
            if ANONYMOUS not in each.name:
                values[_language(each.path)].append(each.cognitive)
        self._values = {language: sorted(each) for language, each in values.items()}
        self._known: dict[tuple[str, int], float] = {}

    def percentile(self, path: str, cognitive: int) -> float:
        """Return where a cognitive complexity stands among functions of a file's language, in [0, 1]."""
        key = (_language(path), cognitive)
        if key not in self._known:
            own = self._values.get(key[0], [])
            weighed = len(own) * percentile(cognitive, own) + REFERENCE_WEIGHT * reference_percentile(cognitive, key[0])
            self._known[key] = round(weighed / (len(own) + REFERENCE_WEIGHT), 4)
        return self._known[key]


def _language(path: str) -> str:
    language = language_for(path)
    return language.name if language else ""
