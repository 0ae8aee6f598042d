"""Choosing a challenger of the settings in force on one half of the records, and judging it on the other half alone.

The best of several noisy arms looks better than it is where it was chosen, so nothing is claimed there. Whoever asks
again and again, with more records each time, errs with `ALPHA` in all: the evidence holds at any time, and its bar
is raised by the number of arms.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from blake3 import blake3

from autonav_analysis.learning.trials import ALPHA, Measure, any_time, differences
from autonav_protocol.values.improvement import Considered, Improvement
from autonav_protocol.values.trial import Pair, Trial

LEAST_GAIN = 0.05
"""A gain that is surely no larger than this is not worth a change of settings."""


Sets = tuple[str, ...]
"""Assignments to settings, like `explore.depth=2`."""


@dataclass(frozen=True)
class Challenger:
    """An arm: what it sets, why it is tried, what it is measured by, and from when on records count, "" for all.

    One that has a `since` goes back to what was before a proposal was taken up, and is judged on what came after.
    """

    sets: Sets
    why: str
    measure: Measure = "evaluations"
    since: str = ""


@dataclass(frozen=True)
class Row:
    """What one exploration cost under the settings in force, `a`, and under challengers, `b`, by what these set."""

    project: str
    task: str
    at: str
    pairs: Mapping[Sets, Pair]


def improvement(rows: Sequence[Row], challengers: Sequence[Challenger]) -> Improvement:
    """Return what the rows support: a way back first, else the challenger that one half chose and the other confirms."""
    alpha = ALPHA / max(1, len(challengers))
    back = [each for each in challengers if each.since]
    forward = [each for each in challengers if not each.since]
    choosing, judging, held_out = halves(rows)
    ways_back = [_considered(each, [row for row in rows if row.at > each.since], alpha) for each in back]
    considered = (*ways_back, *(_considered(each, choosing, alpha) for each in forward))
    for each in ways_back:
        if is_gain(each.trial):
            return Improvement(each.sets, True, "", "runs since it was taken up", each.trial, considered, True)
    promising = [each for each in considered[len(back) :] if _mean(choosing, each.sets) < 0]
    if not promising:
        return Improvement((), False, _why_none(rows, considered), held_out, None, considered)
    best = min(promising, key=lambda each: _mean(choosing, each.sets))
    judged = any_time(_pairs(judging, best.sets), best.trial.measure, alpha=alpha)
    proposed = is_gain(judged)
    why = "" if proposed else f"{' '.join(best.sets)} looked best and is not proposed: {_doubt(judged)}"
    return Improvement(best.sets, proposed, why, held_out, judged, considered)


def is_gain(trial: Trial) -> bool:
    """Return whether a trial shows that `b` costs less, by more than the least gain worth a change."""
    return trial.better == "b" and trial.high is not None and trial.high <= 1 - LEAST_GAIN


def halves(rows: Iterable[Row]) -> tuple[list[Row], list[Row], str]:
    """Return the rows that choose, those that judge, and how they were told apart: by project where both get some."""
    rows = list(rows)
    chosen = [row for row in rows if _is_first(row.project)]
    if 0 < len(chosen) < len(rows):
        return chosen, [row for row in rows if not _is_first(row.project)], "projects that it was not chosen on"
    chosen = [row for row in rows if _is_first(row.task)]
    return (
        chosen,
        [row for row in rows if not _is_first(row.task)],
        "tasks that it was not chosen on, of the same project",
    )


def _considered(challenger: Challenger, rows: Sequence[Row], alpha: float) -> Considered:
    pairs = _pairs(rows, challenger.sets)
    trial = any_time(pairs, challenger.measure, alpha=alpha)
    return Considered(challenger.sets, challenger.why, len(pairs), trial)


def _pairs(rows: Iterable[Row], sets: Sets) -> list[Pair]:
    return [row.pairs[sets] for row in rows if sets in row.pairs]


def _mean(rows: Sequence[Row], sets: Sets) -> float:
    """Return the mean log ratio of costs, what is not known counted against the challenger."""
    found = differences(_pairs(rows, sets))
    return math.fsum(each.most for each in found) / len(found) if found else 0.0


def _doubt(trial: Trial) -> str:
    return trial.why or f"the gain may be less than {LEAST_GAIN:.0%}"


def _why_none(rows: Sequence[Row], considered: Sequence[Considered]) -> str:
    if not rows:
        return "no recorded exploration can be replayed"
    return f"none of {len(considered)} challengers did better where one is chosen"


def _is_first(name: str) -> bool:
    return blake3(name.encode()).digest()[0] % 2 == 0
