"""The tree of states that a search has asked about: what leads where, and what each was worth.

A node is a state, so it is a graph really: a state that two ways lead to is one node and is
evaluated once. Below a node lie its proposals in groups, one for each place and rewrite; a
child is *open*, and descended below, where it passes more target tests than its parent and
broke nothing. Rewards rise along open edges, so there are no cycles among them, and no chain
is longer than the number of target tests.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autonav_analysis.search.enumeration import in_prior_order
from autonav_analysis.search.rewards import Result, reward, solves
from autonav_analysis.search.states import State, changed, reached
from autonav_protocol.values.candidate import Proposal
from autonav_protocol.values.learning import Tuning

FIRST_ORDER, DESCENT, EXTERNAL = "first order", "descent", "external"
"""The stages: one edit to the sources as they are, an edit below a state that improved, an edit from outside."""

GroupKey = tuple[str, int, str]
"""Path, 1-based line and rewrite."""

Step = tuple[str, GroupKey]
"""A node, and the group below it that a way goes through."""

Expand = Callable[[State], Sequence[Proposal]]
Arrange = Callable[[Sequence[Proposal], int], Sequence[Proposal]]
"""From proposals in prior order and the seed to the order they are drawn in."""


@dataclass
class Group:
    """Proposals of one rewrite at one place. `prior` is their share of the node's priors, in [0, 1].

    `visits` have been told and `pending` asked; `total` sums the rewards of the visits and
    `below` counts those, asked or told, that went on below a child. `opened` are the open
    children. `members` are positions in the node's proposals.
    """

    prior: float
    members: list[int] = field(default_factory=list)
    cursor: int = 0
    visits: int = 0
    pending: int = 0
    total: float = 0.0
    below: int = 0
    children: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    is_touched: bool = False


@dataclass
class Node:
    """A state that was asked about. `result` is None until it is told, `state` until it is expanded.

    `touched` are the groups that were drawn from, in that order, and `untouched` those that
    were not, the likeliest last. `untold` counts the edges to children not told yet; `parents` are the edges that lead
    here, the first the one it was asked by, and `awaiting` the ways to tell of the result.
    """

    id: str
    edits: tuple[Proposal, ...]
    stage: str
    result: Result | None = None
    reward: float = 0.0
    visits: int = 0
    pending: int = 0
    total: float = 0.0
    untold: int = 0
    is_spent: bool = False
    is_climbed: bool = False
    parents: list[Step] = field(default_factory=list)
    awaiting: list[tuple[Step, ...]] = field(default_factory=list)
    state: State | None = None
    proposals: Sequence[Proposal] = ()
    groups: dict[GroupKey, Group] = field(default_factory=dict)
    touched: list[GroupKey] = field(default_factory=list)
    untouched: list[GroupKey] = field(default_factory=list)
    drawn: bytearray = field(default_factory=bytearray)
    cursor: int = 0


@dataclass(frozen=True)
class Pick:
    """The next proposal to draw below `node`, reached by the ways `above`; `place` is None for one from outside."""

    node: str
    group: GroupKey
    proposal: Proposal
    place: int | None
    above: tuple[Step, ...] = ()


@dataclass
class Tree:
    """All nodes by id in the order they were asked, and what the strategies go by.

    `tries` counts by stage what was asked and not refused, `opened` are all open children as they
    were told. `tuning` gives the depth and the constant of PUCT. `standing` and `draws` are where a
    climber stands and how much it has drawn there.
    """

    base: State
    expand: Expand
    arrange: Arrange
    seed: int
    first_order: int
    nodes: dict[str, Node]
    tuning: Tuning = field(default_factory=Tuning)
    tries: Counter[str] = field(default_factory=Counter)
    opened: dict[str, None] = field(default_factory=dict)
    offers: deque[Pick] = field(default_factory=deque)
    standing: str = ""
    draws: int = 0


def root_of(tree: Tree) -> Node:
    """Return the node of the sources as they are."""
    return tree.nodes[tree.base.id]


def expanded(tree: Tree, node: Node) -> Node:
    """Return the node with its proposals known, asking for them the first time."""
    if node.state is None:
        node.state = reached(tree.base, node.edits)
        may_expand = len(node.edits) < tree.tuning.depth
        likeliest = in_prior_order(tree.expand(node.state)) if may_expand else ()
        node.proposals = tree.arrange(likeliest, tree.seed)
        node.drawn = bytearray(len(node.proposals))
        whole = sum(max(each.prior, 0.0) for each in node.proposals)
        for place, proposal in enumerate(node.proposals):
            share = max(proposal.prior, 0.0) / whole if whole else 1 / len(node.proposals)
            group = node.groups.setdefault(_key(proposal), Group(0.0))
            group.prior += share
            group.members.append(place)
        drawable = [key for key, group in node.groups.items() if group.members]
        node.untouched = sorted(drawable, key=lambda key: -node.groups[key].prior)[::-1]
    return node


def worth_trying(node: Node) -> list[GroupKey]:
    """Return the groups that were drawn from and the likeliest that was not: what the others come after."""
    while node.untouched and node.groups[node.untouched[-1]].is_touched:
        node.untouched.pop()
    return [*node.touched, *node.untouched[-1:]]


def next_below(tree: Tree, node: Node) -> Pick | None:
    """Return the next proposal of a node in the order of its arrangement, or None where all are drawn."""
    expanded(tree, node)
    while node.cursor < len(node.drawn) and node.drawn[node.cursor]:
        node.cursor += 1
    if node.cursor == len(node.drawn):
        return None
    proposal = node.proposals[node.cursor]
    return Pick(node.id, _key(proposal), proposal, node.cursor, way_to(tree, node))


def next_within(node: Node, key: GroupKey, above: tuple[Step, ...]) -> Pick | None:
    """Return the next proposal of a group, or None where all are drawn."""
    group = node.groups[key]
    while group.cursor < len(group.members) and node.drawn[group.members[group.cursor]]:
        group.cursor += 1
    if group.cursor == len(group.members):
        return None
    place = group.members[group.cursor]
    return Pick(node.id, key, node.proposals[place], place, above)


def way_to(tree: Tree, node: Node) -> tuple[Step, ...]:
    """Return the steps from the root by which a node was asked."""
    steps: list[Step] = []
    while node.id != tree.base.id and node.parents:
        steps.append(node.parents[0])
        node = tree.nodes[node.parents[0][0]]
    return tuple(reversed(steps))


def is_spent(tree: Tree, node: Node) -> bool:
    """Return whether nothing is left to ask below a node, unless what is still untold opens a child there."""
    if not node.is_spent and node.state is not None and next_below(tree, node) is None:
        opened = (tree.nodes[child] for group in node.groups.values() for child in group.opened)
        node.is_spent = all(is_spent(tree, child) for child in opened)
    return node.is_spent


def draw(tree: Tree, pick: Pick) -> State | None:
    """Draw a proposal and return the state to ask about, or None where that state is known already."""
    node = tree.nodes[pick.node]
    if pick.place is None:
        tree.offers.popleft()
    else:
        node.drawn[pick.place] = 1
    group = node.groups[pick.group]
    if not group.is_touched:
        group.is_touched = True
        node.touched.append(pick.group)
    state = changed(node.state or reached(tree.base, node.edits), pick.proposal)
    if state.id == node.id:
        return None
    is_new = state.id not in tree.nodes
    if is_new:
        stage = EXTERNAL if pick.place is None else DESCENT if node.edits else FIRST_ORDER
        tree.nodes[state.id] = Node(state.id, state.edits, stage)
        tree.tries[stage] += 1
    child = tree.nodes[state.id]
    if (node.id, pick.group) not in child.parents:
        child.parents.append((node.id, pick.group))
        group.children.append(child.id)
        node.untold += child.result is None
        _open(tree, node, pick.group, child)
    way = (*pick.above, (node.id, pick.group))
    _expect(tree, way, 1)
    if child.result is None:
        child.awaiting.append(way)
    else:
        _back_up(tree, way, child)
    return state if is_new else None


def settle(tree: Tree, node: Node, result: Result) -> None:
    """Note the result of a node that was asked, and back its reward up all ways that led there."""
    node.result, node.reward = result, reward(result)
    tree.tries[node.stage] -= result.refused
    for parent, key in node.parents:
        tree.nodes[parent].untold -= 1
        _open(tree, tree.nodes[parent], key, node)
    for way in node.awaiting:
        _back_up(tree, way, node)
    node.awaiting.clear()


def _open(tree: Tree, parent: Node, key: GroupKey, child: Node) -> None:
    if child.result is not None and not solves(child.result) and child.reward > parent.reward:
        parent.groups[key].opened.append(child.id)
        tree.opened[child.id] = None
        _revive(tree, parent)


def _revive(tree: Tree, node: Node) -> None:
    """Forget that a node and what leads to it were spent: a child was opened below it."""
    if node.is_spent:
        node.is_spent = False
        for parent, _ in node.parents:
            _revive(tree, tree.nodes[parent])


def _expect(tree: Tree, way: tuple[Step, ...], count: int) -> None:
    for depth, (identity, key) in enumerate(way, 1):
        node, group = tree.nodes[identity], tree.nodes[identity].groups[key]
        node.pending += count
        group.pending += count
        group.below += count if count > 0 and depth < len(way) else 0


def _back_up(tree: Tree, way: tuple[Step, ...], child: Node) -> None:
    """Turn what was pending along a way into visits; a refused state leaves no trace in the values."""
    _expect(tree, way, -1)
    if child.result is None or child.result.refused:
        return
    for identity, key in way:
        for each in (tree.nodes[identity], tree.nodes[identity].groups[key]):
            each.visits += 1
            each.total += child.reward


def _key(proposal: Proposal) -> GroupKey:
    return proposal.edits[0].path, proposal.line, proposal.rewrite
