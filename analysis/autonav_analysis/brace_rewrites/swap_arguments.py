"""Exchange two arguments."""

from collections.abc import Iterator
from itertools import combinations

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import elements, forms_of, nodes
from autonav_analysis.syntax.python_nodes import swapped

MOST = 6


def propose(site: Site) -> Iterator[Replacement]:
    """Yield pairs of arguments, operands and elements exchanged."""
    for node in nodes(site, forms_of(site).arguments, "binary_expression", "expression_list", "array"):
        yield from (swapped(site, first, second) for first, second in combinations(elements(node)[:MOST], 2))
    for node in nodes(site, "ternary_expression"):
        first, second = node.child_by_field_name("consequence"), node.child_by_field_name("alternative")
        if first is not None and second is not None:
            yield swapped(site, first, second)


REWRITE = Rewrite(
    name="swap_arguments",
    title="Exchange two arguments",
    language="javascript",
    weight=2,
    before="function f(a, b) {\n  return divide(a, b);\n}\n",
    after="function f(a, b) {\n  return divide(b, a);\n}\n",
    propose=propose,
    also=("typescript", "tsx", "go"),
)
