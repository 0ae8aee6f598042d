"""Leave early."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_before, whole_lines
from autonav_analysis.syntax.python_scope import atoms, usable

EXITS = (
    b"return",
    b"return False",
    b"return None",
    b"continue",
    b"return True",
    b"return []",
    b"return 0",
    b"return ''",
)
MOST = 60


def propose(site: Site) -> Iterator[Replacement]:
    """Yield an early exit before each statement, on a question that the file asks or could ask."""
    exits = list(dict.fromkeys((*usable(site, "exits")[:5], *EXITS)))
    ranked = [
        ((6 if place else 0) + rank + index, node, question, leave)
        for place, node in enumerate(whole_lines(site))
        for rank, question in enumerate(atoms(site, node)[:MOST])
        for index, leave in enumerate(exits)
    ]
    ranked.sort(key=lambda each: each[0])
    for _, node, question, leave in ranked:
        if leave not in (b"continue", b"break") or _in_loop(node):
            yield put_before(site, node, b"if " + question + b":", b"    " + leave)


def _in_loop(node: Node) -> bool:
    outer = node.parent
    while outer is not None and outer.type not in ("for_statement", "while_statement", "function_definition"):
        outer = outer.parent
    return outer is not None and outer.type != "function_definition"


REWRITE = Rewrite(
    name="add_guard",
    title="Leave early",
    language="python",
    weight=1.5,
    before="def f(items):\n    return items[0]\n",
    after="def f(items):\n    if not items:\n        return None\n    return items[0]\n",
    propose=propose,
    cap=600,
)
