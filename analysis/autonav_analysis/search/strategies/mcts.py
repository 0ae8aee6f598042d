"""The strategy `mcts`: a tree by PUCT from the first ask on, half of each group's draws below what improved."""

from autonav_analysis.search.puct import select
from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import Pick, Tree, root_of


def _choose(tree: Tree) -> Pick | None:
    return select(tree, root_of(tree))


STRATEGY = Strategy("mcts", "A tree of edits by PUCT", _choose)
