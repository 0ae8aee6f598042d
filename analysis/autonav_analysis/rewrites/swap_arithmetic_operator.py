"""Calculate with another operator."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put

ARITHMETIC = (b"+", b"-", b"*", b"//", b"/", b"%")
BITWISE = (b"&", b"|", b"^", b"<<", b">>")
AUGMENTED = (b"+=", b"-=", b"*=", b"//=", b"/=", b"=")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each operator replaced by the others of its kind."""
    for node in nodes(site, "binary_operator", "augmented_assignment"):
        operator = node.child_by_field_name("operator")
        if operator is None or operator.text is None:
            continue
        for kind in (ARITHMETIC, BITWISE, AUGMENTED):
            if operator.text in kind:
                yield from (put(operator, other) for other in kind if other != operator.text)


REWRITE = Rewrite(
    name="swap_arithmetic_operator",
    title="Calculate with another operator",
    language="python",
    weight=1.5,
    before="def f(a, b):\n    return a / b\n",
    after="def f(a, b):\n    return a // b\n",
    propose=propose,
)
