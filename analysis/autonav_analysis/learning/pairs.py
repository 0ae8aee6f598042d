"""Pairs of costs from records: what two tunings would have spent on the same recorded search."""

from collections.abc import Mapping, Sequence

from autonav_analysis.learning.replaying import replayed_with
from autonav_analysis.learning.trials import censored, known, unanswered
from autonav_analysis.learning.versions import changed
from autonav_analysis.search.expansion import expansion, once
from autonav_analysis.search.tree import Expand
from autonav_protocol.values.learning import Replayed, RunRecord, Tuning
from autonav_protocol.values.trial import Cost, Pair


def pair_of(record: RunRecord, a: Tuning, b: Tuning) -> Pair | None:
    """Return what two tunings would have spent on a record; None where another version of the program made it."""
    found = costs_of(record, (a, b))
    return Pair(record.task, *found) if found else None


def costs_of(record: RunRecord, tunings: Sequence[Tuning]) -> list[Cost] | None:
    """Return what each tuning would have spent on a record; None where another version of the program made it."""
    if changed(record.versions):
        return None
    made: list[tuple[Mapping[str, float], Expand]] = []
    found = []
    for each in tunings:
        expand = next((known for weights, known in made if weights == each.weights), None)
        if expand is None:
            expand = _expansion(record, each)
            made.append((each.weights, expand))
        found.append(cost_of(replayed_with(expand, record, each), record.evaluations))
    return found


def cost_of(replay: Replayed, budget: int) -> Cost:
    """Return what a replayed search spent, as far as the record tells."""
    if replay.evaluations is not None:
        return known(replay.evaluations)
    if replay.most is not None:
        return Cost(replay.known + 1, replay.most)
    return unanswered(replay.known, budget) if replay.why else censored(budget)


def _expansion(record: RunRecord, tuning: Tuning) -> Expand:
    """Return what expands the states of a record, each once."""
    sources = {path: text.encode("utf-8", "surrogateescape") for path, text in record.sources.items()}
    suspicion = {(path, line): score for path, line, score in record.suspicion}
    return once(expansion(sources, suspicion, tuning.weights))
