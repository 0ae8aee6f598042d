"""Which proposal to draw next by PUCT: value so far, plus a share of the exploration by prior.

Q + C * P * sqrt(N + 1) / (1 + n), after Silver et al., "Mastering the game of Go without human
knowledge" (2017). What is asked and not told counts in N and n with a reward of 0, so asks
that are out at the same time spread; what was never tried is worth as much as its parent. C is the
tuning's `exploration`: anything from 1 to 30 measured alike, and below 1 it found less.
"""

import math
from collections.abc import Iterable

from autonav_analysis.search.tree import (
    Group,
    GroupKey,
    Node,
    Pick,
    Step,
    Tree,
    expanded,
    is_spent,
    next_within,
    worth_trying,
)


def select(tree: Tree, node: Node, above: tuple[Step, ...] = ()) -> Pick | None:
    """Return the next proposal at or below a node, or None while there is none."""
    expanded(tree, node)
    tried = node.visits + node.pending
    scores = {
        key: _score(tree, _value(node, group), group.prior, tried, group.visits + group.pending)
        for key in worth_trying(node)
        for group in (node.groups[key],)
    }
    while scores:
        best = max(scores, key=scores.__getitem__)
        pick = _within(tree, node, best, above)
        if pick is not None:
            return pick
        del scores[best]
    return None


def _within(tree: Tree, node: Node, key: GroupKey, above: tuple[Step, ...]) -> Pick | None:
    """Return the next proposal of a group or below its open children, half of them each."""
    group = node.groups[key]
    opened = [(tree.nodes[child], key) for child in group.opened]
    if group.below < len(group.children):
        return _below(tree, node, opened, above) or next_within(node, key, above)
    return next_within(node, key, above) or _below(tree, node, opened, above)


def _below(tree: Tree, node: Node, opened: Iterable[tuple[Node, GroupKey]], above: tuple[Step, ...]) -> Pick | None:
    live = [(child, key) for child, key in opened if not is_spent(tree, child)]
    tried = sum(child.visits + child.pending for child, _ in live)

    def score(each: tuple[Node, GroupKey]) -> float:
        child = each[0]
        return _score(tree, child.reward, 1 / len(live), tried, child.visits + child.pending)

    for child, key in sorted(live, key=score, reverse=True):
        pick = select(tree, child, (*above, (node.id, key)))
        if pick is not None:
            return pick
    return None


def _value(node: Node, group: Group) -> float:
    tried = group.visits + group.pending
    return group.total / tried if tried else node.reward


def _score(tree: Tree, value: float, prior: float, above: int, tried: int) -> float:
    return value + tree.tuning.exploration * prior * math.sqrt(above + 1) / (1 + tried)
