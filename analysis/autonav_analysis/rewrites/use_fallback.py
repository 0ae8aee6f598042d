"""Use a fallback value."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import placed, values
from autonav_analysis.syntax.python_nodes import text
from autonav_analysis.syntax.python_scope import own_attributes, taken_in_turn

PLAIN = (b"0", b"''", b"[]", b"{}", b"()", b"None", b"1")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each value with a fallback, for when it is empty or None."""
    yield from taken_in_turn(_with_fallback(site, node) for node in values(site))


def _with_fallback(site: Site, node: Node) -> Iterator[Replacement]:
    old = text(site, node)
    for other in (*PLAIN, *site.names[:4], *own_attributes(site)[:4]):
        if other != old:
            yield placed(node, old + b" or " + other)
    for other in (*PLAIN, *site.names[:3]):
        yield placed(node, old + b" if " + old + b" is not None else " + other)
    for name in site.names[:4]:
        for other in PLAIN[:5]:
            yield placed(node, old + b" if " + name + b" else " + other)


REWRITE = Rewrite(
    name="use_fallback",
    title="Use a fallback value",
    language="python",
    weight=2,
    before="def f(a):\n    return len(a)\n",
    after="def f(a):\n    return len(a or [])\n",
    propose=propose,
    cap=400,
    everywhere=True,
)
