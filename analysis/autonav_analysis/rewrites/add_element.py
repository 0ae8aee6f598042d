"""Put one element more into a collection."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text
from autonav_analysis.syntax.python_scope import own_attributes, scope, taken_in_turn, usable


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each tuple, list and set with one element more: what the file has of the same kind."""
    yield from taken_in_turn(_longer(site, node) for node in nodes(site, "tuple", "list", "set"))


def _longer(site: Site, node: Node) -> Iterator[Replacement]:
    elements = [each for each in node.named_children if each.type != "comment"]
    if not elements:
        return
    present, last = {text(site, each) for each in elements}, elements[-1]
    if last.type == "string":
        others = sorted(usable(site, "strings", 30), key=lambda each: each.isupper() != text(site, last).isupper())
    elif any(each in scope(site).classes for each in present):
        others = list(scope(site).classes)
    else:
        others = [*site.names, *own_attributes(site)[:10], *scope(site).names[:20], b"0", b"None"]
    for other in others:
        if other not in present:
            yield put(last, text(site, last) + b", " + other)
            if len(elements) > 1:
                yield put(elements[0], other + b", " + text(site, elements[0]))


REWRITE = Rewrite(
    name="add_element",
    title="Put one element more into a collection",
    language="python",
    weight=2,
    before="def f(a):\n    return a in ('x', 'y') or a == 'z'\n",
    after="def f(a):\n    return a in ('x', 'y', 'z') or a == 'z'\n",
    propose=propose,
    cap=300,
    outside=True,
)
