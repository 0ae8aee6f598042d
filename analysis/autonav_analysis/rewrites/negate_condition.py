"""Ask the opposite question."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import conditions, nodes, put, text

OPPOSITES = {b"is": b"is not", b"is not": b"is", b"in": b"not in", b"not in": b"in"}


def propose(site: Site) -> Iterator[Replacement]:
    """Yield conditions negated, `not` dropped, and `is` and `in` turned round."""
    for condition in conditions(site):
        if condition.type != "not_operator":
            yield put(condition, b"not (" + text(site, condition) + b")")
    for negation in nodes(site, "not_operator"):
        if (argument := negation.child_by_field_name("argument")) is not None:
            yield put(negation, text(site, argument))
    for comparison in nodes(site, "comparison_operator"):
        for operator in comparison.children:
            if (opposite := OPPOSITES.get(text(site, operator))) is not None:
                yield put(operator, opposite)


REWRITE = Rewrite(
    name="negate_condition",
    title="Ask the opposite question",
    language="python",
    weight=2,
    before="def f(a):\n    if a in seen:\n        return 1\n",
    after="def f(a):\n    if a not in seen:\n        return 1\n",
    propose=propose,
)
