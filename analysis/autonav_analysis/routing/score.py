"""How large a piece of work is among this repository's past changes, and which way it should go.

Past commits stand for tasks: each has features that can be known, or guessed, before the work. A score
is the percentile of the weighed features among those of the commits, so 0.8 means "larger than four
fifths of what was done here". It says nothing about how likely a loop is to fail: no outcome was learnt from.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles
from typing import Literal

from blake3 import blake3

from autonav_analysis.complexity.percentiles import percentile
from autonav_analysis.findings import counted
from autonav_analysis.routing.reference import COMMITS
from autonav_analysis.routing.work import Work
from autonav_protocol.values.route import Route

WEIGHTS: Mapping[str, float] = {"lines": 0.4, "files": 0.25, "folders": 0.15, "new_files": 0.1, "hardest": 0.1}
"""A choice, in the order in which features told of difficulty on 259 real tasks: lines most, complexity least."""

ENOUGH_HISTORY = 30
MOST_REFLECTIONS = 3


@dataclass(frozen=True)
class Prediction:
    """What the work will come to: the middle of the guess, and a quarter and three quarters of it."""

    low: Work
    middle: Work
    high: Work


@dataclass(frozen=True)
class Signals:
    """What a run that is under way shows: loops of reflection, the lines it came to, and whether it gets anywhere."""

    reflections: int = 0
    lines: int = 0
    stalled: bool = False
    oscillating: bool = False


def predicted(works: Sequence[Work]) -> Prediction:
    """Return the quartiles of past work, each feature by itself."""
    if len(works) < 2:
        return Prediction(*(list(works) * 3)[:3]) if works else Prediction(Work(), Work(), Work())
    cuts = {name: quantiles([getattr(each, name) for each in works], n=4, method="inclusive") for name in WEIGHTS}
    low, middle, high = ({name: cut[index] for name, cut in cuts.items()} for index in range(3))
    return Prediction(Work(**low), Work(**middle), Work(**high))


class Scale:
    """The distribution of past work that a score is a percentile of."""

    def __init__(self, history: Sequence[Work]) -> None:
        self.is_own = len(history) >= ENOUGH_HISTORY
        past = history if self.is_own else COMMITS
        self.commits = len(history)
        self._values = {name: sorted(getattr(each, name) for each in past) for name in WEIGHTS}
        self._sums = sorted(self._sum(each) for each in past)

    def score(self, work: Work) -> float:
        """Return the percentile of some work among past work, in [0, 1]."""
        return percentile(self._sum(work), self._sums)

    def contributions(self, work: Work) -> dict[str, float]:
        """Return what each feature adds to the score; they sum to it."""
        score, parts = self.score(work), self._parts(work)
        total = sum(parts.values())
        shares = {name: round(score * part / total, 4) if total else 0.0 for name, part in parts.items()}
        shares["lines"] += round(score - sum(shares.values()), 4)  # what rounding left over
        return shares

    def _parts(self, work: Work) -> dict[str, float]:
        return {name: weight * percentile(getattr(work, name), self._values[name]) for name, weight in WEIGHTS.items()}

    def _sum(self, work: Work) -> float:
        # Rounded, so that equal work ranks as equal however the sum was made.
        return round(sum(self._parts(work).values()), 9)


def route(prediction: Prediction, history: Sequence[Work], *, threshold: float, signals: Signals = Signals()) -> Route:
    """Return the route of work: the single loop, unless even the lower bound, or a run under way, says otherwise."""
    scale = Scale(history)
    found = tuple(_reasons(prediction, signals))
    middle = prediction.middle
    if signals.lines > middle.lines:
        middle = middle._replace(lines=signals.lines)
    score = round(scale.score(middle), 4)
    lower, upper = sorted((scale.score(prediction.low), scale.score(prediction.high)))
    lower, upper = round(min(lower, score), 4), round(max(upper, score), 4)
    contributions = scale.contributions(middle)
    decided = decision(lower, threshold, found)
    among = (
        f"this repository's last {scale.commits} commits"
        if scale.is_own
        else "commits of other projects (this history is short)"
    )
    parts = {
        "lines": f"about {counted(round(middle.lines), 'line')}",
        "files": counted(round(middle.files), "file"),
        "folders": counted(round(middle.folders), "folder"),
        "new_files": counted(round(middle.new_files), "new file"),
        "hardest": f"hardest function {round(middle.hardest)}",
    }
    said = ", ".join(f"{parts[name]} (+{value:.2f})" for name, value in contributions.items())
    why = "; ".join(found) or f"lower bound {lower:.2f} {'>' if decided == 'search' else '<='} {threshold:.2f}"
    return Route(
        score, threshold, decided, contributions,
        f"{decided.replace('_', ' ')}: {why}; score {score:.2f} ({lower:.2f} to {upper:.2f}) among {among}: {said}; "
        "not calibrated on outcomes",
        lower, upper, found,
    )  # fmt: skip


def decision(lower: float, threshold: float, signals: Collection[str]) -> Literal["single_loop", "search"]:
    """Return the route: the search where even the lower bound is above the threshold, or a run under way says so."""
    return "search" if lower > threshold or signals else "single_loop"


def at_random(found: Route, key: str, share: float) -> Route:
    """Return the other way for the share of tasks that the hash of their key chooses; signals of a run are kept to."""
    if found.signals or int.from_bytes(blake3(key.encode()).digest(length=4), "big") >= share * 2**32:
        return found
    other: Literal["single_loop", "search"] = "single_loop" if found.route == "search" else "search"
    said = f"{other.replace('_', ' ')} at random, as {share:.0%} of tasks are, so that both ways can be compared"
    return replace(found, route=other, at_random=True, explanation=f"{said}; by the score {found.explanation}")


def _reasons(prediction: Prediction, signals: Signals) -> list[str]:
    found: list[str] = []
    if signals.reflections > MOST_REFLECTIONS:
        found.append(f"{signals.reflections} reflections, more than {MOST_REFLECTIONS}")
    if signals.stalled:
        found.append("the last loops made no progress")
    if signals.oscillating:
        found.append("the changes go back and forth")
    if signals.lines > max(2 * prediction.high.lines, 20):
        found.append(
            f"{signals.lines} lines so far, more than twice the {round(prediction.high.lines)} that were predicted"
        )
    return found
