"""Use a fallback value."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, placed, scraps, values
from autonav_analysis.syntax.python_nodes import text
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each value with a fallback, for when there is none or it is empty."""
    yield from taken_in_turn(_with_fallback(site, node) for node in values(site))


def _with_fallback(site: Site, node: Node) -> Iterator[Replacement]:
    forms, old = forms_of(site), text(site, node)
    for other in (*forms.plain, *site.names[:4], *scraps(site, "members", 40)[:4]):
        if other != old:
            yield from (placed(node, old + b" " + operator + b" " + other) for operator in forms.fallbacks)


REWRITE = Rewrite(
    name="use_fallback",
    title="Use a fallback value",
    language="javascript",
    weight=2,
    before="function f(a) {\n  return a.size;\n}\n",
    after="function f(a) {\n  return a.size ?? 0;\n}\n",
    propose=propose,
    cap=400,
    everywhere=True,
    also=("typescript", "tsx"),
)
