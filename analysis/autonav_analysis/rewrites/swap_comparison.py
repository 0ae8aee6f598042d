"""Compare with another operator."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put

OPERATORS = (b"<", b"<=", b">", b">=", b"==", b"!=")
IDENTITY = {b"==": b"is", b"is": b"==", b"!=": b"is not", b"is not": b"!="}


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each comparison operator replaced by each other one."""
    for comparison in nodes(site, "comparison_operator"):
        for operator in comparison.children:
            if not operator.is_named and operator.text in OPERATORS:
                yield from (put(operator, other) for other in OPERATORS if other != operator.text)
            if not operator.is_named and operator.text in IDENTITY:
                yield put(operator, IDENTITY[operator.text])


REWRITE = Rewrite(
    name="swap_comparison",
    title="Compare with another operator",
    language="python",
    weight=3,
    before="def f(a, b):\n    return a < b\n",
    after="def f(a, b):\n    return a <= b\n",
    propose=propose,
    everywhere=True,
)
