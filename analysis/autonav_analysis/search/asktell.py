"""A search as a conversation: ask for states to evaluate, tell what became of them, in any order.

No effects, no clock and no chance but the seed: the same seed and the same conversation give
the same tree, and a recorded one can be replayed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autonav_analysis.search.rewards import Result, solves
from autonav_analysis.search.states import State, initial
from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import FIRST_ORDER, Expand, Group, Node, Pick, Tree, draw, settle, way_to
from autonav_protocol.values.candidate import Proposal
from autonav_protocol.values.learning import Tuning

FIRST_ORDER_TRIES = 400
"""How many single edits `staged` tries before anything else."""


@dataclass(frozen=True)
class Ask:
    """A state to evaluate, and who wants it. `id` is the state's; no state is asked about twice."""

    id: str
    state: State
    strategy: str
    stage: str


@dataclass(frozen=True)
class Found:
    """A state that passes all target tests and broke nothing, after so many evaluations."""

    id: str
    edits: tuple[Proposal, ...]
    strategy: str
    stage: str
    evaluations: int


@dataclass(frozen=True)
class Told:
    """A result in the record.

    `asked` is how many asks had been made when it came; `ran_dry` says that more were wanted
    and none were there. Both are what the next asks depend on besides the results.
    """

    id: str
    asked: int
    ran_dry: bool
    result: Result


@dataclass(frozen=True)
class Offered:
    """Proposals from outside in the record, made for the state `id`."""

    id: str
    asked: int
    ran_dry: bool
    proposer: str
    proposals: tuple[Proposal, ...]


@dataclass
class Search:
    """A search under way. `asked` counts asks, `evaluated` the results that cost an evaluation.

    `ran_dry` says that the last ask wanted more than there was. `outstanding` is asked and
    not told, in order; `record` replays all of it.
    """

    tree: Tree
    strategy: Strategy
    targets: int
    asked: int = 0
    evaluated: int = 0
    ran_dry: bool = False
    outstanding: dict[str, Ask] = field(default_factory=dict)
    record: list[Told | Offered] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


def begin(
    sources: Mapping[str, bytes],
    expand: Expand,
    targets: int,
    strategy: Strategy,
    *,
    seed: int = 0,
    first_order: int = FIRST_ORDER_TRIES,
    tuning: Tuning | None = None,
) -> Search:
    """Return a search from sources that fail `targets` tests.

    `expand` returns the proposals of a state. It is called once for each state that is gone
    below, when an ask needs it, and must return the same for the same state. The tuning's weights
    are for it to mind, and `first_order` is how many evaluations the tuning's share comes to.
    """
    base = initial(sources)
    root = Node(base.id, (), FIRST_ORDER, Result((False,) * targets))
    return Search(
        Tree(base, expand, strategy.arrange, seed, first_order, {base.id: root}, tuning or Tuning()), strategy, targets
    )


def ask(search: Search, count: int) -> list[Ask]:
    """Return up to `count` states to evaluate.

    Fewer come back where results must be told first; none at all, with nothing outstanding,
    where the strategy has nothing left.
    """
    asks: list[Ask] = []
    while len(asks) < count and (pick := search.strategy.choose(search.tree)) is not None:
        state = draw(search.tree, pick)
        if state is not None:
            stage = search.tree.nodes[state.id].stage
            search.asked += 1
            search.outstanding[state.id] = Ask(state.id, state, search.strategy.name, stage)
            asks.append(search.outstanding[state.id])
    search.ran_dry = search.ran_dry or len(asks) < count
    return asks


def tell(search: Search, results: Iterable[tuple[str, Result]]) -> list[Found]:
    """Take in results by the ids of their asks, in any order, and return what they found.

    What was not asked, or told before, is passed over.
    """
    found: list[Found] = []
    for identity, result in results:
        asked = search.outstanding.pop(identity, None)
        if asked is None:
            continue
        search.record.append(Told(identity, search.asked, search.ran_dry, result))
        search.ran_dry = False
        search.evaluated += not result.refused
        settle(search.tree, search.tree.nodes[identity], result)
        if solves(result):
            found.append(Found(identity, asked.state.edits, asked.strategy, asked.stage, search.evaluated))
    search.found += found
    return found


def offer(search: Search, identity: str, proposer: str, proposals: Sequence[Proposal]) -> int:
    """Queue proposals from outside, made for a state of the search; return how many were taken.

    None are where the state is not known. `staged` draws them, in order; the others never do.
    """
    node = search.tree.nodes.get(identity)
    if node is None or not proposals:
        return 0
    search.record.append(Offered(identity, search.asked, search.ran_dry, proposer, tuple(proposals)))
    search.ran_dry = False
    key = ("", 0, proposer)
    node.groups.setdefault(key, Group(0.0))
    above = way_to(search.tree, node)
    search.tree.offers.extend(Pick(identity, key, proposal, None, above) for proposal in proposals)
    return len(proposals)


def replay(search: Search, record: Iterable[Told | Offered]) -> int:
    """Repeat a record on a search just begun and return how many entries fitted.

    All do where sources, expansion, strategy, targets and seed are those of the recorded
    one; what it had asked and not been told is outstanding again.
    """
    taken = 0
    for entry in record:
        ask(search, entry.asked - search.asked + entry.ran_dry)
        if search.asked != entry.asked or not _repeat(search, entry):
            break
        taken += 1
    return taken


def _repeat(search: Search, entry: Told | Offered) -> bool:
    if isinstance(entry, Offered):
        return offer(search, entry.id, entry.proposer, entry.proposals) == len(entry.proposals)
    fits = entry.id in search.outstanding
    tell(search, [(entry.id, entry.result)])
    return fits
