"""Ask once for two branches in a row that do the same."""

from collections.abc import Iterator
from itertools import pairwise

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import branches, operand, same_code
from autonav_analysis.syntax.python_layout import fits, has_comment
from autonav_analysis.syntax.python_nodes import line_end, line_start, nodes


def propose(site: Site) -> Iterator[Change]:
    """Yield each elif whose body is that of the branch before it."""
    for node in nodes(site, "if_statement"):
        found = branches(node)
        for one, other in pairwise(found):
            if one.condition is None or other.condition is None or not same_code(one.body, other.body):
                continue
            question = operand(site, one.condition, "or") + b" or " + operand(site, other.condition, "or")
            start, end = line_start(site, other.node), line_end(site, other.body)
            if has_comment(site, (line_end(site, one.body), end)) or not fits(site, one.node, b"elif :" + question):
                continue
            condition = Replacement(one.condition.start_byte, one.condition.end_byte, question)
            yield Change((condition, Replacement(start, end, b"")))


SIMPLIFICATION = Simplification(
    name="merge_equal_branches",
    title="Ask once for two branches that do the same",
    proof=CONSTRUCTED,
    before="def f(a, b):\n    if a == 1:\n        b = 'x'\n    elif a == 2:\n        b = 'x'\n    else:\n        b = 'y'\n"
    "    return b\n",
    after="def f(a, b):\n    if a == 1 or a == 2:\n        b = 'x'\n    else:\n        b = 'y'\n    return b\n",
    propose=propose,
)
