"""The strategy `hill`: look around, step to the best improvement, start again where there is none."""

from collections.abc import Iterator

from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import Node, Pick, Tree, next_below, root_of

PATIENCE = 300
"""How many proposals are drawn at one state before the best of what is known there is stepped to."""


def _choose(tree: Tree) -> Pick | None:
    """Return the next proposal around where the climb stands; a step waits for all results around it."""
    while True:
        node = tree.nodes[tree.standing] if tree.standing else root_of(tree)
        pick = next_below(tree, node) if tree.draws < PATIENCE else None
        if pick is not None:
            tree.draws += 1
            return pick
        if node.untold:
            return None
        upward = _best(child for child in _opened(tree, node) if not child.is_climbed)
        if upward is None and node.id == tree.base.id and next_below(tree, node) is None:
            # Nothing is left here: return to the best of the states that were left early.
            upward = _best(each for each in _climbable(tree) if next_below(tree, each) is not None)
            if upward is None:
                return None
        tree.standing, tree.draws = (upward or root_of(tree)).id, 0
        if upward is not None:
            upward.is_climbed = True


def _opened(tree: Tree, node: Node) -> Iterator[Node]:
    return (tree.nodes[child] for group in node.groups.values() for child in group.opened)


def _climbable(tree: Tree) -> list[Node]:
    """Return the states that improved on another, in the order they were asked."""
    opened = {child.id for node in tree.nodes.values() for child in _opened(tree, node)}
    return [node for node in tree.nodes.values() if node.id in opened]


def _best(nodes: Iterator[Node]) -> Node | None:
    return max(nodes, key=lambda node: node.reward, default=None)


STRATEGY = Strategy("hill", "Climb by the best improvement, with restarts", _choose)
