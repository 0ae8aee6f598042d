"""Which lines a failing test points at: Ochiai's coefficient over the lines that each test runs."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

Line = tuple[str, int]


def ochiai(failing: Iterable[Iterable[Line]], passing: Iterable[Iterable[Line]]) -> Mapping[Line, float]:
    """Return the suspicion of each line a failing test ran, in (0, 1].

    ef / sqrt(F * (ef + ep)): ef and ep count the failing and passing tests that ran the line, F the
    failing ones (Abreu, Zoeteweij, van Gemund 2006).
    """
    failed = [set(lines) for lines in failing]
    by_failing = Counter(line for lines in failed for line in lines)
    by_passing = Counter(line for lines in passing for line in set(lines))
    return {line: count / math.sqrt(len(failed) * (count + by_passing[line])) for line, count in by_failing.items()}
