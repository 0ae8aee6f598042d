"""Tell None from empty, and the reverse."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import VALUES, placed, questions
from autonav_analysis.syntax.python_nodes import nodes, put, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield truth turned into `is not None` and back, and `x or y` into a choice on None."""
    for node in questions(site):
        old = text(site, node)
        if node.type in VALUES:
            yield put(node, old + b" is not None")
            yield put(node, b"len(" + old + b")")
        elif node.type == "not_operator" and (argument := node.child_by_field_name("argument")) is not None:
            yield put(node, text(site, argument) + b" is None")
    for node in nodes(site, "comparison_operator"):
        old = text(site, node)
        if old.endswith(b" is not None"):
            yield put(node, old[: -len(b" is not None")])
        elif old.endswith(b" is None"):
            yield put(node, b"not " + old[: -len(b" is None")])
    for node in nodes(site, "boolean_operator"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None and b" or " in text(site, node):
            value, other = text(site, left), text(site, right)
            yield placed(node, value + b" if " + value + b" is not None else " + other)
            yield placed(node, other + b" if " + value + b" is None else " + value)


REWRITE = Rewrite(
    name="ask_none",
    title="Tell None from empty, and the reverse",
    language="python",
    weight=3,
    before="def f(a):\n    if a:\n        return 1\n",
    after="def f(a):\n    if a is not None:\n        return 1\n",
    propose=propose,
    everywhere=True,
)
