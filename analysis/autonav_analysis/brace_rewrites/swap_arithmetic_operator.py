"""Calculate with another operator."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import nodes
from autonav_analysis.syntax.python_nodes import put

KINDS = (
    (b"+", b"-", b"*", b"/", b"%"),
    (b"&", b"|", b"^", b"<<", b">>"),
    (b"+=", b"-=", b"*=", b"/=", b"="),
    (b"++", b"--"),
)
PLACES = (
    "binary_expression", "augmented_assignment_expression", "assignment_expression", "assignment_statement",
    "update_expression", "inc_statement", "dec_statement",
)  # fmt: skip


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each operator replaced by the others of its kind."""
    for node in nodes(site, *PLACES):
        for operator in node.children:
            for kind in KINDS:
                if not operator.is_named and operator.type.encode() in kind:
                    yield from (put(operator, other) for other in kind if other.decode() != operator.type)


REWRITE = Rewrite(
    name="swap_arithmetic_operator",
    title="Calculate with another operator",
    language="javascript",
    weight=1.5,
    before="function f(a, b) {\n  return a / b;\n}\n",
    after="function f(a, b) {\n  return a * b;\n}\n",
    propose=propose,
    also=("typescript", "tsx", "go"),
)
