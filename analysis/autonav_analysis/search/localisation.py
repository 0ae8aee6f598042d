"""Which lines a failing test points at: Ochiai's coefficient over the lines that each test runs."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

Line = tuple[str, int]


MOST_LINES_BELOW = 100
"""How many lines are looked at in a state that edits led to: there are many such states, and few draws in each."""


def ochiai(failing: Iterable[Iterable[Line]], passing: Iterable[Iterable[Line]]) -> Mapping[Line, float]:
    """Return the suspicion of each line a failing test ran, in (0, 1].

    ef / sqrt(F * (ef + ep)): ef and ep count the failing and passing tests that ran the line, F the
    failing ones (Abreu, Zoeteweij, van Gemund 2006).
    """
    failed = [set(lines) for lines in failing]
    by_failing = Counter(line for lines in failed for line in lines)
    by_passing = Counter(line for lines in passing for line in set(lines))
    return {line: count / math.sqrt(len(failed) * (count + by_passing[line])) for line, count in by_failing.items()}


def likeliest(suspicion: Mapping[Line, float], count: int = MOST_LINES_BELOW) -> dict[Line, float]:
    """Return the most suspected lines."""
    return dict(sorted(suspicion.items(), key=lambda each: (-each[1], each[0]))[:count])
