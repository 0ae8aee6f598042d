"""Be one off, the other way."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import VALUES, is_read, nodes, put, text

PLACES = frozenset(
    ("argument_list", "subscript", "slice", "comparison_operator", "binary_operator", "return_statement", "assignment")
)


def propose(site: Site) -> Iterator[Replacement]:
    """Yield integers one up and down, and values in numeric places with one added or taken."""
    for node in nodes(site, *VALUES):
        if node.type == "integer":
            digits = text(site, node)
            if digits.isdigit():
                number = int(digits)
                yield put(node, str(number + 1).encode())
                yield put(node, str(number - 1).encode())
        elif node.parent is not None and node.parent.type in PLACES and is_read(node):
            if node.parent.type == "subscript" and node.parent.child_by_field_name("value") == node:
                continue
            if node.type not in ("identifier", "attribute", "call", "subscript"):
                continue
            for change in (b" + 1", b" - 1"):
                yield put(node, text(site, node) + change)


REWRITE = Rewrite(
    name="shift_by_one",
    title="Be one off, the other way",
    language="python",
    weight=3,
    before="def f(items):\n    return range(len(items))\n",
    after="def f(items):\n    return range(len(items) - 1)\n",
    propose=propose,
    everywhere=True,
)
