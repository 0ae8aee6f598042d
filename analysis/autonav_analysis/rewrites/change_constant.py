"""Use another constant."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text

NUMBERS = (b"0", b"1", b"-1", b"2")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield truth values turned round and numbers replaced by the usual ones."""
    for node in nodes(site, "true", "false", "integer", "none"):
        if node.type == "true":
            yield put(node, b"False")
        elif node.type == "false":
            yield put(node, b"True")
        elif node.type == "integer":
            yield from (put(node, number) for number in NUMBERS if number != text(site, node))
        else:
            yield from (put(node, value) for value in (b"0", b"[]", b"''", b"False"))


REWRITE = Rewrite(
    name="change_constant",
    title="Use another constant",
    language="python",
    weight=2,
    before="def f(items):\n    return sum(items, 1)\n",
    after="def f(items):\n    return sum(items, 0)\n",
    propose=propose,
    everywhere=True,
    outside=True,
)
