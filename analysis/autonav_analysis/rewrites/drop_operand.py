"""Leave an operand out."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each operation replaced by one of its operands."""
    for node in nodes(site, "boolean_operator", "binary_operator", "unary_operator"):
        for role in ("left", "right", "argument"):
            if (operand := node.child_by_field_name(role)) is not None:
                yield put(node, text(site, operand))


REWRITE = Rewrite(
    name="drop_operand",
    title="Leave an operand out",
    language="python",
    weight=2,
    before="def f(a, b):\n    return a + b\n",
    after="def f(a, b):\n    return a\n",
    propose=propose,
    everywhere=True,
    outside=True,
)
