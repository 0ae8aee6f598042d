"""Give an absent value a default."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_before, whole_lines
from autonav_analysis.syntax.python_nodes import text
from autonav_analysis.syntax.python_scope import own_attributes, taken_in_turn, usable

MOST_NAMES = 8
PLAIN = (b"[]", b"{}", b"''", b"0", b"()", b"'/'", b"False", b"1")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield a default for a value that is absent or empty: at the start, where it is first read, after other defaults."""
    body = site.function.child_by_field_name("body")
    top = [each for each in whole_lines(site) if each.parent == body]
    values = list(dict.fromkeys((*PLAIN, *usable(site, "strings", 12)[:4])))
    rows = []
    names = dict.fromkeys((*_absent(site), *site.names[:6], *own_attributes(site)[:3]))
    for name in [each for each in names if each not in (b"self", b"cls")][:MOST_NAMES]:
        readers = [each for each in top if name in text(site, each)][:1]
        places = dict.fromkeys((*top[:1], *readers, *(each for each in top if _follows_default(each))))
        pairs = [(question, value) for value in values for question in (name + b" is None", b"not " + name)]
        rows += [
            [
                put_before(site, node, b"if " + question + b":", b"    " + name + b" = " + value)
                for question, value in pairs
            ]
            for node in places
        ]
    yield from taken_in_turn(rows)


def _follows_default(node: Node) -> bool:
    before = node.prev_named_sibling
    condition = (
        before.child_by_field_name("condition") if before is not None and before.type == "if_statement" else None
    )
    return condition is not None and condition.text is not None and condition.text.endswith(b" is None")


def _absent(site: Site) -> Iterator[bytes]:
    """Yield the parameters that are None unless given."""
    parameters = site.function.child_by_field_name("parameters")
    for each in parameters.named_children if parameters is not None else ():
        name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
        if name is not None and value is not None and value.type == "none":
            yield text(site, name)


REWRITE = Rewrite(
    name="assign_default",
    title="Give an absent value a default",
    language="python",
    weight=0.7,
    before="def f(a):\n    return a[0]\n",
    after="def f(a):\n    if a is None:\n        a = []\n    return a[0]\n",
    propose=propose,
    cap=200,
)
