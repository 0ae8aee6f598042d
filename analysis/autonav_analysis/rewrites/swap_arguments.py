"""Exchange two arguments, operands or elements."""

from collections.abc import Iterator
from itertools import combinations

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, swapped

MOST = 6


def propose(site: Site) -> Iterator[Replacement]:
    """Yield pairs of positional arguments, of operands and of neighbouring elements exchanged."""
    for node in nodes(site, "argument_list", "binary_operator", "comparison_operator", "expression_list", "tuple"):
        values = [child for child in node.named_children if child.type not in ("keyword_argument", "comment")][:MOST]
        yield from (swapped(site, first, second) for first, second in combinations(values, 2))


REWRITE = Rewrite(
    name="swap_arguments",
    title="Exchange two arguments",
    language="python",
    weight=2,
    before="def f(a, b):\n    return divide(a, b)\n",
    after="def f(a, b):\n    return divide(b, a)\n",
    propose=propose,
)
