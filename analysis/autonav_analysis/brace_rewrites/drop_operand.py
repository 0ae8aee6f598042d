"""Leave an operand out."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import elements, nodes
from autonav_analysis.syntax.python_nodes import put, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each operation replaced by one of its operands."""
    for node in nodes(site, "binary_expression", "unary_expression", "ternary_expression"):
        yield from (put(node, text(site, operand)) for operand in elements(node))


REWRITE = Rewrite(
    name="drop_operand",
    title="Leave an operand out",
    language="javascript",
    weight=2,
    before="function f(a, b) {\n  return a + b;\n}\n",
    after="function f(a, b) {\n  return a;\n}\n",
    propose=propose,
    everywhere=True,
    outside=True,
    also=("typescript", "tsx", "go"),
)
