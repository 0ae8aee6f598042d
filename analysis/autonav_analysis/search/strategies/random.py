"""The strategy `random`: single edits, all alike likely, none twice. What the others are measured against."""

from autonav_analysis.search.shuffling import shuffled
from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import Pick, Tree, next_below, root_of


def _choose(tree: Tree) -> Pick | None:
    return next_below(tree, root_of(tree))


STRATEGY = Strategy("random", "Single edits in random order", _choose, shuffled)
