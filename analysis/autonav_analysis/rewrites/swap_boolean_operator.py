"""Exchange `and` and `or`."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put

OTHER = {b"and": b"or", b"or": b"and"}


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each boolean operator turned into the other."""
    for node in nodes(site, "boolean_operator"):
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.text in OTHER:
            yield put(operator, OTHER[operator.text])


REWRITE = Rewrite(
    name="swap_boolean_operator",
    title="Exchange and and or",
    language="python",
    weight=1.5,
    before="def f(a, b):\n    return a and b\n",
    after="def f(a, b):\n    return a or b\n",
    propose=propose,
)
