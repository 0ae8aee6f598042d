"""Use another constant."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, is_read, nodes
from autonav_analysis.syntax.python_nodes import put, text

NUMBERS = (b"0", b"1", b"-1", b"2")
OPPOSITES = {"true": b"false", "false": b"true"}


def propose(site: Site) -> Iterator[Replacement]:
    """Yield truth values turned round, numbers replaced by the usual ones, and no value by others."""
    forms = forms_of(site)
    nothing = tuple(word.decode() for word in forms.nothing)
    for node in nodes(site, *OPPOSITES, *forms.numbers, *nothing):
        if not is_read(site, node):
            continue
        if node.type in OPPOSITES:
            yield put(node, OPPOSITES[node.type])
        elif node.type in forms.numbers:
            yield from (put(node, number) for number in NUMBERS if number != text(site, node))
        else:
            yield from (put(node, value) for value in forms.plain if value != text(site, node))


REWRITE = Rewrite(
    name="change_constant",
    title="Use another constant",
    language="javascript",
    weight=2,
    before="function f(items) {\n  return items.reduce(add, 1);\n}\n",
    after="function f(items) {\n  return items.reduce(add, 0);\n}\n",
    propose=propose,
    everywhere=True,
    outside=True,
    also=("typescript", "tsx", "go"),
)
