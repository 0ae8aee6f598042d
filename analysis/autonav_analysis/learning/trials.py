"""Trials: two settings compared on the same tasks, by paired differences of log costs, without lying about peeks.

`any_time` may be looked at after every pair, as often as one likes: its evidence is the t-mixture e-process, a mixture
over effect sizes of the likelihood ratio of the t statistic (Lai 1976; Wang and Ramdas 2025, "Anytime-valid t-tests and
confidence sequences for Gaussian means with unknown variance"). `fixed` is the paired t interval, and is looked at once.
A cost that is known between bounds alone counts, in each direction, as what speaks most against a claim: to leave such
pairs out would keep those where the search was lucky enough to stay inside the record.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist, fmean, stdev
from typing import Literal, NamedTuple

from autonav_protocol.values.trial import Cost, Pair, Trial

Measure = Literal["evaluations", "seconds"]
Interval = tuple[float, float]

ALPHA, POWER, GAIN = 0.05, 0.8, 0.2
"""How often a claim about nothing may be made, how often one about GAIN should be, and the gain that is asked after."""

MIXED = 9.0
"""The effects that are looked for: their mean over their standard deviation is normal around 0 with variance 1 / MIXED."""

MOST_LOG = 700.0
"""Logarithms of evidence above this are told as this: a float holds no more."""


class Difference(NamedTuple):
    """Log cost of `b` less that of `a` on one task, averaged over its pairs: at the least, and at the most."""

    least: float
    most: float


def known(cost: float) -> Cost:
    """Return the cost of a search that found something."""
    return Cost(cost, cost)


def censored(budget: float) -> Cost:
    """Return the cost of a search that spent its budget and found nothing: twice that."""
    return Cost(2 * budget, 2 * budget, is_censored=True)


def unanswered(spent: int, budget: float) -> Cost:
    """Return the cost of a search that had found nothing after `spent` evaluations, and of which no more is known."""
    return Cost(min(spent + 1, 2 * budget), 2 * budget)


def any_time(pairs: Iterable[Pair], measure: Measure = "evaluations", *, alpha: float = ALPHA) -> Trial:
    """Return what pairs show so far; more may follow, and whoever looks at each stage errs with `alpha` in all."""
    pairs = list(pairs)
    found = differences(pairs)
    interval = _bounds(found, lambda each: confidence_sequence(each, alpha))
    evidence = _evidence(found)
    better = _better(interval) if evidence >= 1 / alpha else ""
    return _trial(pairs, found, measure, interval, evidence, better, lambda sd: runs_needed_any_time(sd, alpha=alpha))


def fixed(pairs: Iterable[Pair], tasks: int, measure: Measure = "evaluations", *, alpha: float = ALPHA) -> Trial:
    """Return what the first `tasks` tasks show, once there are so many: no claim is made before."""
    pairs = _of_first(pairs, tasks)
    found = differences(pairs)
    interval = _bounds(found, lambda each: t_interval(each, alpha))
    better = _better(interval) if len(found) == tasks else ""
    said = f"{tasks} tasks were asked for and there are {len(found)}" if len(found) < tasks else ""
    return _trial(pairs, found, measure, interval, None, better, lambda sd: runs_needed(sd, alpha=alpha), said)


def differences(pairs: Iterable[Pair]) -> list[Difference]:
    """Return a difference for each task, in the order in which tasks first come; pairs of a task are not independent."""
    by_task: dict[str, list[Difference]] = {}
    for pair in pairs:
        least, most = math.log(pair.b.least / pair.a.most), math.log(pair.b.most / pair.a.least)
        by_task.setdefault(pair.task, []).append(Difference(least, most))
    return [Difference(*map(fmean, zip(*each, strict=True))) for each in by_task.values()]


def log_evidence(count: int, total: float, squares: float) -> float:
    """Return the log of the e-value against a mean of 0, from a number of differences, their sum and that of their squares."""
    if squares <= 0:
        return 0.0
    scaled = (count + MIXED) * squares
    growth = math.log(scaled / (scaled - total * total)) * count / 2
    return (math.log(MIXED) - math.log(count + MIXED)) / 2 + growth


def confidence_sequence(values: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return bounds of the mean that hold at all times at once with 1 - `alpha`: where the e-process is below 1 / `alpha`."""
    count = len(values)
    half = _half_width(count, _spread(values), alpha) if count else math.inf
    middle = fmean(values) if count else 0.0
    return middle - half, middle + half


def t_interval(values: Sequence[float], alpha: float = ALPHA) -> Interval:
    """Return bounds of the mean that hold, at a number of values chosen before, with 1 - `alpha`."""
    count = len(values)
    if count < 2:
        return -math.inf, math.inf
    half = t_quantile(1 - alpha / 2, count - 1) * stdev(values) / math.sqrt(count)
    return fmean(values) - half, fmean(values) + half


def runs_needed(sd: float, gain: float = GAIN, *, power: float = POWER, alpha: float = ALPHA) -> int:
    """Return how many tasks a look at the end needs to show a gain, from the standard deviation of the differences."""
    normal = NormalDist()
    factors = normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)
    return max(2, math.ceil((factors * sd / -math.log(1 - gain)) ** 2))


def runs_needed_any_time(sd: float, gain: float = GAIN, *, power: float = POWER, alpha: float = ALPHA) -> int:
    """Return how many tasks looks at all times need to show a gain: more than one look at the end does."""
    effect, factor = -math.log(1 - gain), NormalDist().inv_cdf(power)

    def shows(count: int) -> bool:
        return _half_width(count, sd * sd * count, alpha) + factor * sd / math.sqrt(count) <= effect

    most = 2
    while not shows(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if shows(middle) else (middle, most)
    return most


def t_quantile(share: float, freedom: int) -> float:
    """Return where a share, above one half, of Student's distribution lies below."""
    low, high = 0.0, 1.0
    while t_below(high, freedom) < share:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_below(middle, freedom) < share else (low, middle)
    return high


def t_below(value: float, freedom: int) -> float:
    """Return the share of Student's distribution below a value; exact for whole `freedom` (Abramowitz, Stegun 26.7.3-4)."""
    angle = math.atan2(value, math.sqrt(freedom))
    square = math.cos(angle) ** 2
    term, total = 1.0, 0.0
    odd = freedom % 2
    for step in range(freedom // 2):
        total += term
        term *= square * (2 * step + 1 + odd) / (2 * step + 2 + odd)
    inner = math.sin(angle) * total
    between = (angle + inner * math.cos(angle)) * 2 / math.pi if odd else inner
    return (1 + between) / 2


def _trial(
    pairs: Sequence[Pair],
    found: Sequence[Difference],
    measure: Measure,
    interval: Interval,
    evidence: float | None,
    better: Literal["a", "b", ""],
    needed: Callable[[float], int],
    said: str = "",
) -> Trial:
    unknown = sum(pair.a.least < pair.a.most or pair.b.least < pair.b.most for pair in pairs)
    sd = max((stdev(side) for side in _sides(found)), default=0.0) if len(found) > 1 else 0.0
    more = None if better or not sd else max(0, needed(sd) - len(found))
    return Trial(
        measure=measure,
        ratio=math.exp(fmean(each.least for each in found)) if found and not unknown else None,
        low=_ratio(interval[0]),
        high=_ratio(interval[1]),
        tasks=len(found),
        pairs=len(pairs),
        censored=sum(pair.a.is_censored or pair.b.is_censored for pair in pairs),
        unanswered=unknown,
        evidence=evidence,
        better=better,
        why="" if better else said or _why(found, unknown, more),
        runs_needed=more,
        gain=GAIN,
    )


def _why(found: Sequence[Difference], unknown: int, more: int | None) -> str:
    if not found:
        return "there is nothing to compare"
    if not any(each.least or each.most for each in found):
        return "no difference was seen"
    if unknown and more == 0:
        return "too much of it is known between bounds alone"
    if more == 0:
        return f"a gain of {GAIN:.0%} would most likely have shown"
    if more is None:
        return "these are too few tasks to tell how much they vary"
    return f"about {more:,} more tasks would show a gain of {GAIN:.0%}"


def _of_first(pairs: Iterable[Pair], tasks: int) -> list[Pair]:
    pairs = list(pairs)
    chosen = set(list(dict.fromkeys(pair.task for pair in pairs))[:tasks])
    return [pair for pair in pairs if pair.task in chosen]


def _sides(found: Sequence[Difference]) -> tuple[list[float], list[float]]:
    return [each.least for each in found], [each.most for each in found]


def _bounds(found: Sequence[Difference], interval: Callable[[Sequence[float]], Interval]) -> Interval:
    """Return the lower bound of what the differences are at the least, and the upper of what they are at the most."""
    least, most = map(interval, _sides(found))
    return least[0], most[1]


def _evidence(found: Sequence[Difference]) -> float:
    """Return the e-value of the side that the differences are on whatever the unknown ones are, 1 where they are on none."""
    logs = [
        log_evidence(len(side), sum(side), sum(each * each for each in side))
        for side, sign in zip(_sides(found), (1, -1), strict=True)
        if side and sign * sum(side) > 0
    ]
    return math.exp(min(max(logs, default=0.0), MOST_LOG))


def _better(interval: Interval) -> Literal["a", "b", ""]:
    return "b" if interval[1] < 0 else "a" if interval[0] > 0 else ""


def _spread(values: Sequence[float]) -> float:
    middle = fmean(values)
    return sum((each - middle) ** 2 for each in values)


def _half_width(count: int, spread: float, alpha: float) -> float:
    """Return how far from the mean of `count` values the e-process reaches 1 / `alpha`, infinite where it never does."""
    bound = ((count + MIXED) / MIXED) ** (1 / count) * alpha ** (-2 / count)
    left = count + MIXED - bound * MIXED
    if left <= 0:
        return math.inf
    return math.sqrt((bound - 1) * (count + MIXED) * spread / (count * left))


def _ratio(bound: float) -> float | None:
    return math.exp(bound) if math.isfinite(bound) else None
