"""The strategy `enumerate`: single edits, most promising first."""

from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import Pick, Tree, next_below, root_of


def _choose(tree: Tree) -> Pick | None:
    return next_below(tree, root_of(tree))


STRATEGY = Strategy("enumerate", "Single edits in the order of their priors", _choose)
