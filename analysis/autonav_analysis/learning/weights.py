"""What records say of the rewrites' weights, shrunk hard to what they are.

Weights learnt from other programs made searches dearer, so nothing is said before many tasks were solved, and then each
factor starts from 1 with the weight of as many finds again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from autonav_protocol.values.learning import RunRecord, Tried

ENOUGH = 100
"""Solved tasks below which nothing is said."""

SHRINKAGE = 10.0
"""Finds, of as many expected, that each rewrite is given before anything is counted."""

LEAST_STEP = 0.1


def solved(records: Iterable[RunRecord]) -> int:
    """Return how many tasks have a verified candidate."""
    return len({each.task for each in records if _find(each) is not None})


def learnt(records: Iterable[RunRecord], least: float, most: float) -> Mapping[str, float]:
    """Return factors of weights within bounds, those near 1 left out; none at all where too few tasks were solved.

    A rewrite is due as many finds as its share of what was tried. Where it has more, it is tried too late.
    """
    latest = {each.task: each for each in records if _find(each) is not None}
    if len(latest) < ENOUGH:
        return {}
    found, due = defaultdict[str, float](float), defaultdict[str, float](float)
    for record in latest.values():
        _count(found, _find(record), 1.0)
        tried = [each for each in record.tried if each.passed]
        for each in tried:
            _count(due, each, 1.0 / len(tried))
    factors = {name: (found[name] + SHRINKAGE) / (due[name] + SHRINKAGE) for name in sorted(due)}
    bounded = {name: round(min(most, max(least, factor)), 2) for name, factor in factors.items()}
    return {name: factor for name, factor in bounded.items() if abs(factor - 1) >= LEAST_STEP}


def _find(record: RunRecord) -> Tried | None:
    return next((each for each in record.tried if each.verified), None)


def _count(sums: dict[str, float], tried: Tried | None, share: float) -> None:
    """Add a share to the rewrites that made a state, in equal parts."""
    names = tried.rewrites if tried else ()
    for name in names:
        sums[name] += share / len(names)
