"""Where to go on below the root: the states that mend most, one of each kind first, and the best of them most.

States that pass the same target tests are of one kind: as a rule they are the same partial repair in other words,
and going on below one says about all of them whether the rest can be repaired.
"""

from autonav_analysis.search.tree import Node, Pick, Tree, is_spent, next_below


def descend(tree: Tree) -> Pick | None:
    """Return the next proposal below states that improved, in prior order, or None while there is none.

    Of all draws the first state gets half, the second a quarter, and so on: a repair of what is left can be
    anywhere in the order, and what is split among many states reaches far in none.
    """
    live = [node for node in in_order(tree) if not is_spent(tree, node)]
    drawn = [sum(group.visits + group.pending for group in node.groups.values()) for node in live]
    for node in (live[place] for place in sorted(range(len(live)), key=lambda place: (drawn[place] + 1) * 2**place)):
        pick = next_below(tree, node)
        if pick is not None:
            return pick
    return None


def in_order(tree: Tree) -> list[Node]:
    """Return the open states: by how many of their kind come before them, then the most rewarded, then as told."""
    before: dict[tuple[bool, ...], int] = {}
    ranked = []
    for node in (tree.nodes[each] for each in tree.opened):
        kind = node.result.passed if node.result is not None else ()
        ranked.append((before.get(kind, 0), -node.reward, len(ranked), node))
        before[kind] = before.get(kind, 0) + 1
    return [node for *_, node in sorted(ranked, key=lambda each: each[:3])]
