"""The strategy `staged`, the default: single edits first, then below what improved, then edits from outside.

Until `first_order` single edits were tried it is `enumerate`, which nothing beat on single
faults. Then three kinds of ask take turns, as far as there are any: below children that
pass more of the target tests, from outside proposers, and the rest of the single edits.
"""

from autonav_analysis.search.descent import descend
from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import DESCENT, EXTERNAL, FIRST_ORDER, Pick, Tree, next_below, root_of


def _choose(tree: Tree) -> Pick | None:
    root = root_of(tree)
    single = next_below(tree, root)
    turns = {
        DESCENT: tree.tries[DESCENT],
        EXTERNAL: tree.tries[EXTERNAL],
        FIRST_ORDER: tree.tries[FIRST_ORDER] - tree.first_order,
    }
    if single is not None and turns[FIRST_ORDER] < 0:
        return single
    for stage in sorted(turns, key=turns.__getitem__):
        if stage == DESCENT:
            pick = descend(tree)
        elif stage == EXTERNAL:
            pick = tree.offers[0] if tree.offers else None
        else:
            pick = single
        if pick is not None:
            return pick
    return None


STRATEGY = Strategy("staged", "Single edits first, then below what improved, then edits from outside", _choose)
