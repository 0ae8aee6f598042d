"""Assign once more."""

from collections.abc import Iterable, Iterator
from itertools import islice

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_after, put_before, whole_lines
from autonav_analysis.syntax.python_nodes import nodes
from autonav_analysis.syntax.python_questions import nearest
from autonav_analysis.syntax.python_scope import own_attributes, scope, taken_in_turn

PLAIN = (b"None", b"True", b"False", b"0", b"[]", b"{}", b"''")
METHODS = (b"lower", b"strip", b"upper")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield an assignment before each statement: a name to itself changed, to a plain value, or one up or down."""
    inner = [each.child_by_field_name("name") for each in islice(nodes(site, "function_definition"), 2)]
    owners = [*(each.text for each in inner if each is not None and each.text), *site.names[:1]]
    places = list(whole_lines(site))
    yield from taken_in_turn(_before(site, node, owners) for node in places)
    for node in places:
        yield from (put_after(site, node, line) for line in islice(taken_in_turn(_forms(site, node, owners)), 20))


def _before(site: Site, node: Node, owners: Iterable[bytes]) -> Iterator[Replacement]:
    for line in taken_in_turn(_forms(site, node, owners)):
        yield put_before(site, node, line)


def _forms(site: Site, node: Node, owners: Iterable[bytes]) -> Iterator[list[bytes]]:
    module = scope(site)
    names = [*nearest(site, node)[:8], *own_attributes(site)[:6]]
    names = [each for each in names if each not in (b"self", b"cls")]
    calls = (*module.wrappers[:15], b"list", b"str", b"tuple")
    methods = (*module.methods[:8], *METHODS)
    yield [
        owner + b"." + name + b" = " + name
        for owner in owners
        for name in site.names[:8]
        if name not in (b"self", owner) and (owner not in site.names or owner == b"self")
    ]
    for name in names:
        yield [name + b" += 1", name + b" -= 1", *(name + b" = " + value for value in PLAIN)]
        yield [name + b" = " + name + b"." + method + b"()" for method in methods]
        yield [name + b" = " + call + b"(" + name + b")" for call in calls]
        yield [name + b" = " + other for other in names if other != name]


REWRITE = Rewrite(
    name="add_assignment",
    title="Assign once more",
    language="python",
    weight=1,
    before="def f(a):\n    return list(a)\n",
    after="def f(a):\n    a = list(a)\n    return list(a)\n",
    propose=propose,
    cap=400,
)
