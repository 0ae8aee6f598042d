"""Ask the same of one attribute more."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text, walk
from autonav_analysis.syntax.python_scope import likeness, own_attributes, taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each operand of `and` and `or` once more with other attributes of the class, and comparisons likewise."""
    yield from taken_in_turn(_extended(site, node) for node in nodes(site, "comparison_operator", "call"))


def _extended(site: Site, node: Node) -> Iterator[Replacement]:
    owner = node.parent
    chained = owner is not None and owner.type == "boolean_operator"
    operator = owner.child_by_field_name("operator") if chained and owner is not None else None
    if node.type == "call" and operator is None:
        return
    names = {each.text for each in walk(node) if each.parent is not None and each.parent.type == "attribute"
             and each.parent.child_by_field_name("attribute") == each and each.text}  # fmt: skip
    joint = operator.text if operator is not None and operator.text else b"and"
    old = text(site, node)
    known = dict.fromkeys(each.rpartition(b".")[2] for each in (*own_attributes(site), *site.attributes))
    for name in sorted(name for name in names if name):
        for other in sorted((each for each in known if each not in names), key=lambda each: -likeness(name, each))[
            :MOST
        ]:
            more = old.replace(b"." + name, b"." + other)
            if more not in site.source[node.parent.start_byte : node.parent.end_byte] if node.parent else True:
                yield put(node, old + b" " + joint + b" " + more)
                yield put(node, more + b" " + joint + b" " + old)


MOST = 20
REWRITE = Rewrite(
    name="extend_alike",
    title="Ask the same of one attribute more",
    language="python",
    weight=0.4,
    before="def f(self, other):\n    self.y = 1\n    return self.x == other.x\n",
    after="def f(self, other):\n    self.y = 1\n    return self.x == other.x and self.y == other.y\n",
    propose=propose,
    cap=80,
)
