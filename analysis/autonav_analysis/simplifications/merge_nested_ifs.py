"""Ask two nested questions at once."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import branches, inside, operand
from autonav_analysis.syntax.python_layout import body_at, has_comment, indentation
from autonav_analysis.syntax.python_nodes import line_end, nodes


def propose(site: Site) -> Iterator[Change]:
    """Yield each last branch without an else that holds nothing but an if without one."""
    for node in nodes(site, "if_statement", "elif_clause"):
        outer = branches(node)
        is_last = node.type == "if_statement" or node.next_named_sibling is None
        if len(outer) != 1 or not is_last or len(held := inside(outer[0].body)) != 1:
            continue
        inner = branches(held[0]) if held[0].type == "if_statement" else []
        first, second = outer[0].condition, inner[0].condition if len(inner) == 1 else None
        if first is None or second is None or has_comment(site, (first.end_byte, second.start_byte)):
            continue
        if has_comment(site, (inner[0].node.end_byte, line_end(site, outer[0].body))):
            continue
        question = operand(site, first, "and") + b" and " + operand(site, second, "and")
        header = site.source[inner[0].colon.start_byte : line_end(site, inner[0].colon)].rstrip()
        if inner[0].body.start_point[0] == inner[0].colon.start_point[0]:
            header = b":"
        body = body_at(site, inner[0], indentation(site, held[0]))
        yield Change((Replacement(first.start_byte, line_end(site, outer[0].body), question + header + b"\n" + body),))


SIMPLIFICATION = Simplification(
    name="merge_nested_ifs",
    title="Ask two nested questions at once",
    proof=CONSTRUCTED,
    before="def f(a, b):\n    if a:\n        if b or not a:\n            # both\n            a.clear()\n    return a\n",
    after="def f(a, b):\n    if a and (b or not a):\n        # both\n        a.clear()\n    return a\n",
    propose=propose,
)
