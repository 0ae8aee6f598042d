"""Leave early."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_before, whole_lines
from autonav_analysis.syntax.python_questions import doubts, is_bound
from autonav_analysis.syntax.python_scope import usable

EXITS = (b"return False", b"return True", b"return []", b"return 0", b"return ''", b"return {}")
COMPARING = frozenset(
    (b"__eq__", b"__ne__", b"__lt__", b"__le__", b"__gt__", b"__ge__", b"__add__", b"__or__", b"__and__")
)
MOST = 50
LATER, SHORT = 3, 16


def propose(site: Site) -> Iterator[Replacement]:
    """Yield an early exit before each statement, on a question that the file asks or could ask.

    They ask about what was assigned just before, where something was, or else about the statement.
    """
    ranked = []
    for place, node in enumerate(whole_lines(site)):
        leaves, assigned = _exits(site, node), _assigned_before(node)
        late = LATER if place and assigned is None and node.prev_named_sibling is not None else 0
        for rank, question in enumerate(doubts(site, node, assigned)[:MOST]):
            ranked += [(late + rank + index, node, question, leave) for index, leave in enumerate(leaves)]
    ranked.sort(key=lambda each: each[0])
    for _, node, question, leave in ranked:
        yield put_before(site, node, b"if " + question + b":", b"    " + leave)


def _assigned_before(node: Node) -> Node | None:
    """Return the target of the assignment that a statement follows, or of the loop that it is the first of, or None."""
    before, block = node.prev_named_sibling, node.parent
    if before is None and block is not None and block.parent is not None and block.parent.type == "for_statement":
        return block.parent.child_by_field_name("left")
    inner = before.named_children[0] if before is not None and before.type == "expression_statement" else None
    return inner.child_by_field_name("left") if inner is not None and inner.type == "assignment" else None


def _exits(site: Site, node: Node) -> list[bytes]:
    """Return ways to leave, the likeliest first: those of the place and the function, then of the file."""
    known = [each for each in usable(site, "exits") if is_bound(site, node, each)]
    own = [each for each in known if len(each) <= SHORT or each.startswith(b"raise")][:5]
    name = site.function.child_by_field_name("name")
    compares = name is not None and name.text in COMPARING
    valued = any(each.startswith(b"return ") for each in known[:2])
    bare = (b"return None", b"return") if valued else (b"return", b"return None")
    looped = _in_loop(node)
    first = (*((b"return NotImplemented",) if compares else ()), *((b"continue",) if looped else ()))
    found = dict.fromkeys((*first, *own[:1], *bare, *own[1:], *EXITS, *known[:3]))
    return [each for each in found if looped or each not in (b"continue", b"break")]


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
    cap=900,
)
