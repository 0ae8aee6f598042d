"""Build a list in one expression instead of a loop that appends."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import NEEDS_CHECK, Change, Simplification
from autonav_analysis.syntax.python_bindings import walk
from autonav_analysis.syntax.python_branches import blocks, branches, inside
from autonav_analysis.syntax.python_flow import Flow, flow, live_after, seen_by_handlers, stays_own
from autonav_analysis.syntax.python_layout import fits, has_comment
from autonav_analysis.syntax.python_nodes import text

STATEFUL = frozenset(("named_expression", "yield", "await", "async", "lambda", "generator_expression"))


def propose(site: Site) -> Iterator[Change]:
    """Yield each empty list followed by a loop that only appends to it, where the loop's names end with it."""
    known = flow(site.function)
    for block in blocks(site) if known is not None else ():
        for start, loop in zip(block.named_children, block.named_children[1:], strict=False):
            name = _empty_list(site, start)
            if name is None or known is None or has_comment(site, (start.start_byte, loop.end_byte)):
                continue
            line = _comprehension(site, known, name, start, loop)
            if line is not None and fits(site, start, line):
                yield Change((Replacement(start.start_byte, loop.end_byte, line),))


def _comprehension(site: Site, known: Flow, name: bytes, start: Node, loop: Node) -> bytes | None:
    """Return the assignment of a comprehension that does what the loop does, None where there is none."""
    whole = branches(loop) if loop.type == "for_statement" else []
    held = inside(whole[0].body) if len(whole) == 1 else []
    asked = branches(held[0]) if len(held) == 1 and held[0].type == "if_statement" else []
    if len(asked) == 1:
        held = inside(asked[0].body)
    target, rows = loop.child_by_field_name("left"), loop.child_by_field_name("right")
    value = _appended(site, name, held[0]) if len(held) == 1 else None
    if target is None or rows is None or value is None or rows.type == "expression_list":
        return None
    questions = [each.condition for each in asked if each.condition is not None]
    named = {each.text or b"" for each in walk(target) if each.type == "identifier"}
    used = [each for part in (target, rows, value, *questions) for each in walk(part)]
    after = live_after(known, loop)
    if after is None or any(
        each.type in STATEFUL or (each.type == "identifier" and each.text == name) for each in used
    ):
        return None
    shared = known.captured | known.rebound | seen_by_handlers(known, start, loop) | (after - {name})
    foreign = named - frozenset(known.bound) or name not in known.bound or name in known.captured
    if (
        foreign
        or named & shared
        or not stays_own(known, loop, loop, named)
        or name in seen_by_handlers(known, start, loop)
    ):
        return None
    asks = b"".join(b" if " + _bracketed(site, each) for each in questions)
    parts = (name, text(site, value), text(site, target), text(site, rows), asks)
    return b"%b = [%b for %b in %b%b]" % parts


def _empty_list(site: Site, statement: Node) -> bytes | None:
    held = statement.named_children[0] if statement.type == "expression_statement" else statement
    left, right = held.child_by_field_name("left"), held.child_by_field_name("right")
    if held.type != "assignment" or left is None or right is None or held.child_by_field_name("type") is not None:
        return None
    empty = left.type == "identifier" and right.type == "list" and not right.named_child_count
    return text(site, left) if empty else None


def _appended(site: Site, name: bytes, statement: Node) -> Node | None:
    call = statement.named_children[0] if statement.type == "expression_statement" else statement
    callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if callee is None or arguments is None or text(site, callee) != name + b".append":
        return None
    given = arguments.named_children if arguments.type == "argument_list" else []
    plain = len(given) == 1 and given[0].type not in ("keyword_argument", "list_splat", "dictionary_splat")
    return given[0] if plain else None


def _bracketed(site: Site, condition: Node) -> bytes:
    own = text(site, condition)
    return b"(" + own + b")" if condition.type in ("conditional_expression", "lambda") else own


SIMPLIFICATION = Simplification(
    name="use_comprehension",
    title="Build a list in one expression",
    proof=NEEDS_CHECK,
    before="def f(rows):\n    out = []\n    for a, b in rows:\n        if a or b:\n            out.append(a + b)\n    return out\n",
    after="def f(rows):\n    out = [a + b for a, b in rows if a or b]\n    return out\n",
    propose=propose,
)
