"""Costs to try settings on: those of real searches, recorded, and records of made ones."""

import json
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from autonav_analysis.learning.trials import ALPHA, log_evidence, t_below
from autonav_analysis.learning.versions import versions
from autonav_analysis.search.enumeration import in_prior_order
from autonav_analysis.search.expansion import expansion, parses
from autonav_analysis.search.states import changed, initial
from autonav_protocol.values.learning import RunRecord, Tried, Tuning

COSTS = json.loads((Path(__file__).parents[1] / "fixtures/learning/costs.json").read_text("utf-8"))
"""`costs`: for each task the evaluations to the first solution of many orders of one record, 0 where it has none."""

LONGEST, ENOUGH = 200, math.log(1 / ALPHA)
"""Pairs of a trial, and the log of the evidence that is a claim."""

PATH, BUDGET = "area.py", 300
SOURCE = "def area(wide, high):\n    size = wide * high\n    return wide if size > high else size\n"
MENDED = (
    "    size = high * high",
    "    size = wide * wide",
    "    size = size * high",
    "    size = wide * size",
    "    return high if size > high else size",
    "    return size if size > high else size",
    "    return wide if wide > high else size",
    "    return wide if high > high else size",
    "    return wide if size > wide else size",
    "    return wide if size > size else size",
    "    return wide if size > high else wide",
    "    return wide if size > high else high",
)
"""Lines that mend a fault of SOURCE, each by one other name."""


def ended_with_the_find(number: int, project: str = "made") -> RunRecord:
    """Return the record of a search for a line of MENDED: what was tried until then, as the program leaves it."""
    return RunRecord(
        run=f"{number:08x}", project=project, task=f"{'0' * 40} test_area.py::test_{number}", at="2026-01-01T00:00:00Z",
        versions=versions(), strategy="enumerate", seed=0, evaluations=BUDGET, workers=1, tuning=Tuning(), targets=1,
        sources={PATH: SOURCE}, suspicion=tuple((PATH, line, 0.5) for line in (2, 3)), tried=_tried(number, Tuning()),
        seconds=1.0, cpu_seconds=1.0,
    )  # fmt: skip


def told_by_both(number: int, other: Tuning, project: str = "made") -> RunRecord:
    """Return that record, with what a search under another tuning tried as well."""
    first = ended_with_the_find(number, project)
    return replace(first, tried=tuple({each.state: each for each in (*first.tried, *_tried(number, other))}.values()))


def _tried(number: int, tuning: Tuning) -> tuple[Tried, ...]:
    """Return single edits in order, up to the one that gives the text a line of MENDED."""
    sources, tried = {PATH: SOURCE.encode()}, list[Tried]()
    expand = expansion(sources, {(PATH, line): 0.5 for line in (2, 3)}, tuning.weights)
    for proposal in in_prior_order(expand(initial(sources))):
        state = changed(initial(sources), proposal)
        if not parses(sources, state):
            continue
        found = MENDED[number] in state.sources[PATH].decode().splitlines()
        tried.append(Tried(state.id, "01"[found], False, found, 0.01, (proposal.rewrite,)))
        if found:
            break
    return tuple(tried)


def log_differences(chance: random.Random, gain: float = 1.0) -> Iterator[float]:
    """Yield log cost differences without end, each of two orders of a task's record; the second is `gain` times as fast."""
    while True:
        a, b = chance.sample(chance.choice(COSTS["costs"]), 2)
        yield math.log(spent(b, gain) / spent(a))


def claimed_after(chance: random.Random, gain: float = 1.0) -> int | None:
    """Return after how many pairs a difference is claimed where one looks after each of LONGEST, None where never."""
    return next((count for count, *sums in _sums(chance, gain) if log_evidence(count, *sums) >= ENOUGH), None)


def t_test_claims(chance: random.Random, gain: float = 1.0, *, every: int = 10) -> bool:
    """Return whether a t test, at every so many of LONGEST pairs, ever claims a difference."""
    for count, total, squares in _sums(chance, gain):
        variance = (squares - total * total / count) / (count - 1) if count > 1 else 0.0
        if count % every == 0 and variance > 0:
            where = abs(total) / math.sqrt(count * variance)
            if 2 * (1 - t_below(where, count - 1)) < ALPHA:
                return True
    return False


def _sums(chance: random.Random, gain: float) -> Iterator[tuple[int, float, float]]:
    """Yield the number of pairs, the sum of their differences and that of the squares, after each pair."""
    total = squares = 0.0
    for count, each in enumerate(islice(log_differences(chance, gain), LONGEST), 1):
        total, squares = total + each, squares + each * each
        yield count, total, squares


def spent(evaluations: int, gain: float = 1.0) -> float:
    """Return what counts for a recorded cost: twice the budget where nothing was found within it."""
    found = math.ceil(evaluations / gain)
    return found if 0 < found <= COSTS["budget"] else 2 * COSTS["budget"]
