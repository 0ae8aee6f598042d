"""Ask for one thing more, or allow one thing more."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import conditions, put, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each condition joined with a variable, its negation or its absence."""
    for condition in conditions(site):
        old = text(site, condition)
        left = b"(" + old + b")" if condition.type in ("boolean_operator", "conditional_expression") else old
        for name in site.names:
            for atom in (name, b"not " + name, name + b" is None", name + b" is not None"):
                for joint in (b" and ", b" or "):
                    yield put(condition, left + joint + atom)


REWRITE = Rewrite(
    name="extend_condition",
    title="Ask for one thing more",
    language="python",
    weight=2,
    before="def f(a, b):\n    if a:\n        return b\n",
    after="def f(a, b):\n    if a and b:\n        return b\n",
    propose=propose,
)
