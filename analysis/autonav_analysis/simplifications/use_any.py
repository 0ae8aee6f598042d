"""Ask any() instead of a loop that returns True or False."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import NEEDS_CHECK, Change, Simplification
from autonav_analysis.syntax.python_bindings import walk
from autonav_analysis.syntax.python_branches import blocks, branches, inside, negated, returned
from autonav_analysis.syntax.python_flow import flow, seen_by_handlers, stays_own
from autonav_analysis.syntax.python_layout import fits, has_comment
from autonav_analysis.syntax.python_nodes import text

BUILTINS = {("true", "false"): b"any", ("false", "true"): b"all"}
STATEFUL = frozenset(("named_expression", "yield", "await", "async", "lambda"))


def propose(site: Site) -> Iterator[Change]:
    """Yield each loop that returns the one truth where a question says so, before a return of the other."""
    known = flow(site.function)
    for block in blocks(site):
        for loop, after in zip(block.named_children, block.named_children[1:], strict=False):
            whole = branches(loop) if loop.type == "for_statement" else []
            held = inside(whole[0].body) if len(whole) == 1 else []
            asked = branches(held[0]) if len(held) == 1 and held[0].type == "if_statement" else []
            if len(asked) != 1 or len(inside(asked[0].body)) != 1 or known is None:
                continue
            first, second = returned(inside(asked[0].body)[0]), returned(after)
            target, rows = loop.child_by_field_name("left"), loop.child_by_field_name("right")
            condition = asked[0].condition
            if first is None or second is None or target is None or rows is None or condition is None:
                continue
            builtin = BUILTINS.get((first.type, second.type), b"")
            plain = not any(each.type in STATEFUL for each in walk(loop)) and rows.type != "expression_list"
            named = {each.text or b"" for each in walk(target) if each.type == "identifier"}
            if not builtin or not plain or builtin in site.names or named & known.captured:
                continue
            shared = named & seen_by_handlers(known, loop, loop) or named - frozenset(known.bound)
            if shared or not stays_own(known, loop, loop, named):
                continue
            if has_comment(site, (loop.start_byte, after.end_byte)):
                continue
            question = text(site, condition) if builtin == b"any" else negated(site, condition)
            line = b"return %b(%b for %b in %b)" % (builtin, question, text(site, target), text(site, rows))
            if fits(site, loop, line):
                yield Change((Replacement(loop.start_byte, after.end_byte, line),))


SIMPLIFICATION = Simplification(
    name="use_any",
    title="Ask any() or all() instead of a loop",
    proof=NEEDS_CHECK,
    before="def f(rows):\n    for row in rows:\n        if row not in rows:\n            return False\n    return True\n",
    after="def f(rows):\n    return all(row in rows for row in rows)\n",
    propose=propose,
)
