"""How large a piece of work is among this repository's past changes, and which way it should go."""

from bisect import bisect_left
from collections.abc import Sequence

from autonav_analysis.complexity.percentiles import percentile
from autonav_protocol.values.route import Route

WEIGHTS = {"spread": 0.8, "hardest_function": 0.2}
"""How many files a change touches told more of its difficulty than how complex its functions are."""

REFERENCE_FILES = ((0.5, 2), (0.75, 3), (0.9, 7), (0.95, 12), (0.99, 36))
"""Files per commit at quantiles of 1,829 human commits of twelve projects; serves young repositories."""

ENOUGH_HISTORY = 30


def route(files: int, history: Sequence[int], hardest: int, population: Sequence[int], *, threshold: float) -> Route:
    """Return the route of work that may touch `files` files.

    `history` holds the files per past commit, `hardest` the largest cognitive complexity in
    scope, `population` that of every function of the repository. The score is a weighted sum
    of two percentiles in [0, 1]; it is not calibrated on outcomes, and the explanation says so.
    """
    if len(history) >= ENOUGH_HISTORY:
        spread, among = percentile(files, sorted(history)), f"this repository's last {len(history)} commits"
    else:
        spread, among = _reference_percentile(files), "1,829 commits of other projects (this history is short)"
    hard = percentile(hardest, sorted(population)) if population else 0.0
    contributions = {
        "spread": round(WEIGHTS["spread"] * spread, 4),
        "hardest_function": round(WEIGHTS["hardest_function"] * hard, 4),
    }
    score = round(sum(contributions.values()), 4)
    decided = "search" if score > threshold else "single_loop"
    explanation = (
        f"{score:.2f} {'>' if decided == 'search' else '<='} {threshold:.2f}: {decided.replace('_', ' ')}; "
        f"{files} files in scope, more than {spread:.0%} of {among} (+{contributions['spread']:.2f}); "
        f"hardest function {hardest}, above {hard:.0%} of functions (+{contributions['hardest_function']:.2f}); "
        "not calibrated on outcomes yet"
    )
    return Route(score, threshold, decided, contributions, explanation)


def _reference_percentile(files: int) -> float:
    points = ((0.0, 0), *REFERENCE_FILES)
    index = bisect_left([value for _, value in points], files)
    if index >= len(points):
        return 0.995
    if index == 0:
        return 0.0
    (low, at_low), (high, at_high) = points[index - 1], points[index]
    return low + (high - low) * (files - at_low) / (at_high - at_low)
