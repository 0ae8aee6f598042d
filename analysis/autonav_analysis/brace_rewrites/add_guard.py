"""Leave early."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import asking, atoms, forms_of, scraps, statements
from autonav_analysis.syntax.python_edits import put_before

MOST, STEP = 60, 6
LOOPS = frozenset(("for_statement", "for_in_statement", "while_statement", "do_statement"))


def propose(site: Site) -> Iterator[Replacement]:
    """Yield an early exit before each statement, on a question that the file asks or could ask."""
    exits = list(dict.fromkeys((*scraps(site, "exits")[:5], *forms_of(site).exits(site.function))))
    ranked = [
        ((STEP if place else 0) + rank + index, node, question, leave)
        for place, node in enumerate(statements(site))
        for rank, question in enumerate(atoms(site, node)[:MOST])
        for index, leave in enumerate(exits)
    ]
    ranked.sort(key=lambda each: each[0])
    for _, node, question, leave in ranked:
        if not leave.startswith((b"continue", b"break")) or _in_loop(node):
            yield put_before(site, node, *asking(site, question, leave))


def _in_loop(node: Node) -> bool:
    outer = node.parent
    while outer is not None and outer.type not in LOOPS and outer.child_by_field_name("parameters") is None:
        outer = outer.parent
    return outer is not None and outer.type in LOOPS


REWRITE = Rewrite(
    name="add_guard",
    title="Leave early",
    language="javascript",
    weight=1.5,
    before="function f(items) {\n  return items[0];\n}\n",
    after="function f(items) {\n  if (!items) {\n    return null;\n  }\n  return items[0];\n}\n",
    propose=propose,
    cap=600,
    also=("typescript", "tsx", "go"),
)
