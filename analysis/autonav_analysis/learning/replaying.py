"""Re-deciding recorded searches under other settings: nothing is run, each state is answered from the record.

A state is known by its texts, so an answer is what a sandbox saw, whichever way led there. Where a search
asks for what was never evaluated nobody knows what would have come of it, and that is what is said.
"""

from collections.abc import Mapping
from dataclasses import replace

from autonav_analysis.learning.versions import changed
from autonav_analysis.search import strategies
from autonav_analysis.search.asktell import Search, ask, begin, tell
from autonav_analysis.search.expansion import expansion, parses
from autonav_analysis.search.rewards import Result
from autonav_analysis.search.states import State
from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import FIRST_ORDER, Expand
from autonav_protocol.collect import collect
from autonav_protocol.values.learning import Replayed, RunRecord, Tried, Tuning


def replayed(record: RunRecord, tuning: Tuning, strategy: str | None = None, seed: int | None = None) -> Replayed:
    """Return what the recorded search would have cost under a tuning, asked one at a time, up to its first verified state.

    `strategy` and `seed` are the record's where they are None. Under the record's own settings this is exactly
    `recorded(record)` where it was made by one worker. Several workers were asked for more before the results of what
    they had were told, so then the order, and with it the cost, may differ by what was under way; and what proposers
    from outside offered is no part of it. A record that another version of the search or the rewrites made is not
    replayed: the cost would be that of another program.
    """
    if parts := changed(record.versions):
        return Replayed(record.run, None, None, 0, f"made by other {' and '.join(parts)}")
    sources = {path: text.encode("utf-8", "surrogateescape") for path, text in record.sources.items()}
    suspicion = {(path, line): score for path, line, score in record.suspicion}
    return replayed_with(expansion(sources, suspicion, tuning.weights), record, tuning, strategy, seed)


def replayed_with(
    expand: Expand, record: RunRecord, tuning: Tuning, strategy: str | None = None, seed: int | None = None
) -> Replayed:
    """Return what `replayed` does for proposals that `expand` makes."""
    sources = {path: text.encode("utf-8", "surrogateescape") for path, text in record.sources.items()}
    search = begin(
        sources, expand, record.targets, collect(strategies, "STRATEGY", Strategy)[strategy or record.strategy],
        seed=record.seed if seed is None else seed, first_order=first_order(record.evaluations, tuning), tuning=tuning,
    )  # fmt: skip
    return _answered(search, sources, record)


def recorded(record: RunRecord) -> Replayed:
    """Return what the search itself cost up to its first verified state."""
    evaluations, seconds = 0, 0.0
    for each in record.tried:
        evaluations += bool(each.passed)
        seconds += each.seconds
        if each.verified:
            return Replayed(record.run, evaluations, round(seconds, 3), evaluations)
    cut = evaluations < record.evaluations
    return Replayed(record.run, None, None, evaluations, "it ended before its budget was spent" if cut else "")


def spent(result: Replayed, evaluations: int) -> float | None:
    """Return the evaluations that a search took, twice its budget where it spent that on nothing, None if unknown."""
    if result.evaluations is None:
        return None if result.why else 2.0 * evaluations
    return result.evaluations


def first_order(evaluations: int, tuning: Tuning) -> int:
    """Return how many of so many evaluations go to single edits before anything else."""
    return max(1, round(evaluations * tuning.first_order))


def _answered(search: Search, sources: Mapping[str, bytes], record: RunRecord) -> Replayed:
    known, seconds, untold = {each.state: each for each in record.tried}, 0.0, None
    while search.evaluated < record.evaluations and (asks := ask(search, 1)):
        tried = known.get(asks[0].id) or _unparsed(sources, asks[0].state)
        if tried is None:
            untold = search.evaluated if untold is None else untold
            tried = Tried(asks[0].id, "0" * record.targets, False, False, 0.0)
        if untold is not None and not _is_order_alone(search):
            return _cut(record, untold)
        tell(search, [(tried.state, _result(tried))])
        seconds += tried.seconds
        if tried.verified:
            if untold is not None:
                return replace(_cut(record, untold), most=search.evaluated)
            return Replayed(record.run, search.evaluated, round(seconds, 3), search.evaluated)
    return Replayed(record.run, None, None, search.evaluated) if untold is None else _cut(record, untold)


def _cut(record: RunRecord, untold: int) -> Replayed:
    return Replayed(record.run, None, None, untold, f"after {untold} evaluations it asks for what was never evaluated")


def _is_order_alone(search: Search) -> bool:
    """Return whether results had no say in what was asked so far: then what is not known can only have ended it earlier."""
    if search.strategy.name == "staged":
        tries = search.tree.tries
        return tries.total() == tries[FIRST_ORDER] <= search.tree.first_order
    return search.strategy.name in ("enumerate", "random")


def _unparsed(sources: Mapping[str, bytes], state: State) -> Tried | None:
    """Return what becomes of a state that does not parse: that it is refused needs no record."""
    return None if parses(sources, state) else Tried(state.id, "", False, False, 0.0)


def _result(tried: Tried) -> Result:
    return Result(tuple(each == "1" for each in tried.passed), tried.broken, refused=not tried.passed)
