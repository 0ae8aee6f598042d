"""What each strategy would have cost, as far as the results of one search can tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autonav_analysis.search.asktell import Search, Told, ask, begin, tell
from autonav_analysis.search.states import State
from autonav_analysis.search.strategy import Strategy
from autonav_protocol.values.candidate import Proposal


@dataclass(frozen=True)
class Cost:
    """How many evaluations a strategy would have needed to its first find, or None where that is unknown.

    `known` of its evaluations are in the results and found nothing else; `why` says in one
    sentence why more is not known, and is empty where the cost is.
    """

    strategy: str
    evaluations: int | None
    known: int
    why: str = ""


def costs(search: Search, strategies: Iterable[Strategy]) -> list[Cost]:
    """Return what each strategy would have cost one ask at a time, answered with the results of `search`.

    Proposals that the search knows are not asked for again; states that it never went below
    are expanded anew, so this can take as long as those expansions do.
    """
    return [_cost(search, strategy) for strategy in strategies]


def _cost(search: Search, strategy: Strategy) -> Cost:
    results = {entry.id: entry.result for entry in search.record if isinstance(entry, Told)}

    def expand(state: State) -> Sequence[Proposal]:
        node = search.tree.nodes.get(state.id)
        return search.tree.expand(state) if node is None or node.state is None else node.proposals

    tree = search.tree
    other = begin(
        tree.base.sources, expand, search.targets, strategy, seed=tree.seed, first_order=tree.first_order
    )  # fmt: skip
    while asks := ask(other, 1):
        result = results.get(asks[0].id)
        if result is None:
            known = other.evaluated
            return Cost(strategy.name, None, known, f"after {known} evaluations it asks for what was never evaluated")
        if tell(other, [(asks[0].id, result)]):
            return Cost(strategy.name, other.evaluated, other.evaluated - 1)
    return Cost(strategy.name, None, other.evaluated, "it has nothing left to ask and finds nothing")
