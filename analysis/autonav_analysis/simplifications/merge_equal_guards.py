"""Ask once for what two ifs in a row leave with in the same way."""

from collections.abc import Iterator
from itertools import pairwise

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import blocks, branches, operand, same_code
from autonav_analysis.syntax.python_flow import always_leaves
from autonav_analysis.syntax.python_layout import fits, has_comment
from autonav_analysis.syntax.python_nodes import line_end, line_start


def propose(site: Site) -> Iterator[Change]:
    """Yield each two ifs in a row that hold the same, with no else, and return, raise, break or continue."""
    for block in blocks(site):
        for first, second in pairwise(block.named_children):
            if first.type != "if_statement" or second.type != "if_statement":
                continue
            one, other = branches(first), branches(second)
            if len(one) != 1 or len(other) != 1 or not always_leaves(one[0].body):
                continue
            left, right = one[0].condition, other[0].condition
            start, end = line_start(site, second), line_end(site, other[0].body)
            if left is None or right is None or not same_code(one[0].body, other[0].body):
                continue
            question = operand(site, left, "or") + b" or " + operand(site, right, "or")
            if has_comment(site, (line_end(site, one[0].body), end)) or not fits(site, first, b"if :" + question):
                continue
            yield Change((Replacement(left.start_byte, left.end_byte, question), Replacement(start, end, b"")))


SIMPLIFICATION = Simplification(
    name="merge_equal_guards",
    title="Ask once for what two ifs leave with in the same way",
    proof=CONSTRUCTED,
    before="def f(a, b):\n    if not a:\n        return None  # nothing\n    if a > b and b:\n        return None\n"
    "    return b\n",
    after="def f(a, b):\n    if not a or (a > b and b):\n        return None  # nothing\n    return b\n",
    propose=propose,
)
