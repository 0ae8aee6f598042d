"""Tables of what searches came to, with bootstrap intervals over faults."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean, median

from fault_set import Judged, Run, held_out

SEED, RESAMPLES = 20_26, 2_000
BASELINE, DEFAULT = "random", "staged"
Interval = tuple[float, float, float]


def tables(judged: Sequence[Judged], evaluations: Mapping[str, int]) -> Iterator[str]:
    """Yield what each strategy came to, for singles and doubles of each half and for QuixBugs."""
    halves = (("tuned on", False), ("held out", True))
    for half, is_held in halves:
        mine = [each for each in judged if each.fault.kind != "quixbugs" and held_out(each.fault.project) == is_held]
        for kind in ("single", "double"):
            yield from table(
                f"{kind} faults, {half}", [each for each in mine if each.fault.kind == kind], evaluations[kind]
            )
    yield from table("QuixBugs", [each for each in judged if each.fault.kind == "quixbugs"], evaluations["quixbugs"])
    yield from _by_operator([each for each in judged if each.fault.kind == "single"])


def table(title: str, judged: Sequence[Judged], most: int) -> Iterator[str]:
    """Yield a line for each strategy; an unsolved fault counts as twice the budget."""
    fit = [each for each in judged if each.pool]
    yield f"{title}: {len(fit)} faults ({len(judged) - len(fit)} were not fit), {most} evaluations"
    if fit and fit[0].fault.kind == "single":
        yield from _places(fit, most)
    if not fit or not fit[0].runs:
        return
    yield f"  {'':<10}{'solved':>22}{'evaluations (geometric mean)':>32}{'to ' + BASELINE:>22}{'differ from the original':>34}"
    for name in dict.fromkeys(run.strategy for run in fit[0].runs):
        solved = bootstrap(fit, lambda each, name=name: fmean(run.solved is not None for run in _runs(each, name)))
        costs = bootstrap(fit, lambda each, name=name: _cost(each, name, most))
        ratio = bootstrap(fit, lambda each, name=name: _cost(each, name, most) - _cost(each, BASELINE, most))
        yield (
            f"  {name:<10}{_number(solved, 100, '%'):>22}{_number(_exp(costs), 1, ''):>32}{_number(_exp(ratio), 1, 'x', 2):>22}"
            f"{_wrong(fit, name):>34}"
        )
    stages = Counter(run.stage for each in fit for run in _runs(each, DEFAULT) if run.solved is not None)
    yield f"  {DEFAULT} found in: {', '.join(f'{stage} {count}' for stage, count in stages.items())}"


def _places(fit: Sequence[Judged], most: int) -> Iterator[str]:
    """Yield where the order of priors has the exact repair, and how many evaluations a random order needs to it."""
    held = [each for each in fit if each.rank is not None]
    early = sum((each.rank or 0) < most for each in held)
    ratio = bootstrap(fit, lambda each: _log_place(each, most) - _log_random_place(each, most))
    yield (
        f"  one rewrite repairs {len(held)} of {len(fit)}, {early} within the budget; "
        f"median place {median([each.rank or 0 for each in held] or [0]):.0f} of {median(each.pool for each in fit):,.0f}"
    )
    yield f"  evaluations to that repair, to those of a random order: {_number(_exp(ratio), 1, 'x', 2)}"


def _log_place(judged: Judged, most: int) -> float:
    return math.log(judged.rank + 1 if judged.rank is not None and judged.rank < most else 2 * most)


def _log_random_place(judged: Judged, most: int) -> float:
    """Return the mean logarithm of how many draws without replacement reach a repair, counted as in `_log_place`."""
    repairs, left, total = len(judged.repairs), 1.0, 0.0
    for place in range(min(most, judged.pool) if repairs else 0):
        reached = left * min(1.0, repairs / (judged.pool - place))
        total += reached * math.log(place + 1)
        left -= reached
    return total + left * math.log(2 * most)


def bootstrap(judged: Sequence[Judged], value: Callable[[Judged], float]) -> Interval:
    """Return the mean of a value over faults, and the interval that holds 95 % of the means of resamples."""
    values = [value(each) for each in judged]
    chance = random.Random(SEED)
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return fmean(values), means[RESAMPLES * 25 // 1000], means[RESAMPLES * 975 // 1000]


def _by_operator(judged: Sequence[Judged]) -> Iterator[str]:
    fit = [each for each in judged if each.pool]
    counts, held = Counter(each.fault.edits[0].operator for each in fit), Counter[str]()
    solved = Counter[str]()
    for each in fit:
        held[each.fault.edits[0].operator] += each.rank is not None
        solved[each.fault.edits[0].operator] += any(run.solved is not None for run in _runs(each, DEFAULT))
    if fit:
        yield "single faults by operator, those that one rewrite repairs, those that staged solves:"
        yield "  " + ", ".join(f"{name} {count}/{held[name]}/{solved[name]}" for name, count in counts.most_common())


def _wrong(judged: Sequence[Judged], strategy: str) -> str:
    states = [(each, run.state) for each in judged for run in _runs(each, strategy) if run.solved is not None]
    known = [bool(each.wrong[state]) for each, state in states if each.wrong.get(state) is not None]
    if not known:
        return "-"
    chance = random.Random(SEED)
    means = sorted(fmean(chance.choices(known, k=len(known))) for _ in range(RESAMPLES))
    low, high = means[RESAMPLES * 25 // 1000], means[RESAMPLES * 975 // 1000]
    return f"{sum(known)} of {len(known)} [{low:.0%}, {high:.0%}]"


def _runs(judged: Judged, strategy: str) -> list[Run]:
    return [run for run in judged.runs if run.strategy == strategy]


def _cost(judged: Judged, strategy: str, most: int) -> float:
    return fmean(math.log(run.solved or 2 * most) for run in _runs(judged, strategy))


def _exp(interval: Interval) -> Interval:
    return math.exp(interval[0]), math.exp(interval[1]), math.exp(interval[2])


def _number(interval: Interval, scale: float, unit: str, digits: int = 0) -> str:
    mean, low, high = (each * scale for each in interval)
    return f"{mean:.{digits}f}{unit} [{low:.{digits}f}, {high:.{digits}f}]"
