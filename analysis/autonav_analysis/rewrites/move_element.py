"""Put an element elsewhere in its collection."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, text

MOST = 40


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each list and tuple of names with one element moved to another place."""
    for node in nodes(site, "list", "tuple"):
        elements = [each for each in node.named_children if each.type != "comment"]
        if not 2 < len(elements) <= MOST:
            continue
        for index in range(len(elements)):
            for target in range(len(elements)):
                order = [each for each in elements if each != elements[index]]
                order.insert(target, elements[index])
                if abs(index - target) > 1 or index < target:
                    yield _in_order(site, elements, order)


def _in_order(site: Site, elements: list[Node], order: list[Node]) -> Replacement:
    """Return the elements in another order, with what stands between them where it was."""
    out, at = b"", elements[0].start_byte
    for place, node in zip(elements, order, strict=True):
        out += site.source[at : place.start_byte] + text(site, node)
        at = place.end_byte
    return Replacement(elements[0].start_byte, at, out)


REWRITE = Rewrite(
    name="move_element",
    title="Put an element elsewhere in its collection",
    language="python",
    weight=1,
    before="def f():\n    return ['a', 'b', 'c']\n",
    after="def f():\n    return ['c', 'a', 'b']\n",
    propose=propose,
    cap=300,
    outside=True,
)
