"""Leave an element out of a collection."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import without
from autonav_analysis.syntax.python_nodes import nodes, put, text


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each tuple, list, set and dictionary with one element less, and a tuple of one as its element."""
    for node in nodes(site, "tuple", "list", "set", "dictionary", "expression_list"):
        elements = [each for each in node.named_children if each.type != "comment"]
        if len(elements) > 1:
            yield from (without(site, elements, index) for index in range(len(elements)))
        elif elements:
            yield put(node, text(site, elements[0]))


REWRITE = Rewrite(
    name="drop_element",
    title="Leave an element out of a collection",
    language="python",
    weight=1.5,
    before="def f(a):\n    return a in ('x', 'y', 'z')\n",
    after="def f(a):\n    return a in ('x', 'z')\n",
    propose=propose,
    outside=True,
)
