"""Choose a value instead of a statement."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_bindings import walk
from autonav_analysis.syntax.python_branches import choices, returned, same_code
from autonav_analysis.syntax.python_layout import fits, has_comment
from autonav_analysis.syntax.python_nodes import text

UNCLEAR = frozenset(("conditional_expression", "lambda", "named_expression", "yield", "await", "list_splat"))


def propose(site: Site) -> Iterator[Change]:
    """Yield each choice between two returned values, or two values of one name, that fits a line."""
    for choice in choices(site):
        head, first, second = _chosen(site, choice.first, choice.second)
        if first is None or second is None or has_comment(site, (choice.start, choice.end)):
            continue
        parts = (first, choice.condition, second)
        if any(each.type in UNCLEAR for part in parts for each in walk(part)):
            continue
        one, condition, other = (_value(site, part) for part in parts)
        line = head + one + b" if " + condition + b" else " + other
        if fits(site, choice.first, line):
            yield Change((Replacement(choice.start, choice.end, line),))


def _chosen(site: Site, one: Node, other: Node) -> tuple[bytes, Node | None, Node | None]:
    """Return what stands before the values of two statements and the values, None where they do not go together."""
    if one.type == other.type == "return_statement":
        return b"return ", returned(one), returned(other)
    kinds = [each.named_children[0].type for each in (one, other) if each.type == "expression_statement"]
    if kinds != ["assignment", "assignment"]:
        return b"", None, None
    sides = [
        [each.named_children[0].child_by_field_name(name) for name in ("left", "right", "type")]
        for each in (one, other)
    ]
    (left, first, annotation), (right, second, other_annotation) = sides
    plain = left is not None and right is not None and left.type == "identifier" and same_code(left, right)
    if not plain or annotation is not None or other_annotation is not None or left is None:
        return b"", None, None
    nested = [each for each in (first, second) if each is not None and each.type == "assignment"]
    return (b"", None, None) if nested else (text(site, left) + b" = ", first, second)


def _value(site: Site, node: Node) -> bytes:
    own = text(site, node)
    return b"(" + own + b")" if node.type == "expression_list" else own


SIMPLIFICATION = Simplification(
    name="choose_value",
    title="Choose a value instead of a statement",
    proof=CONSTRUCTED,
    before="def f(a):\n    if a > 3:\n        b = a, 1\n    else:\n        b = None\n    return b\n",
    after="def f(a):\n    b = (a, 1) if a > 3 else None\n    return b\n",
    propose=propose,
)
