"""Pass the value through a call."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import VALUES, values
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_scope import scope, taken_in_turn

KINDS = (*VALUES, "binary_operator", "list_comprehension")
FIRST = (b"str", b"list", b"int")
USUAL = (b"tuple", b"sorted", b"repr", b"len", b"set", b"dict", b"iter", b"abs", b"float", b"bool", b"round", b"type")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each value as the argument of a call that the file makes, or of a usual one, or as the one element of a tuple."""
    calls = list(dict.fromkeys((*FIRST, *scope(site).wrappers[:25], *USUAL)))
    yield from taken_in_turn(_wrapped(text(site, node), node, calls) for node in values(site, *KINDS))


def _wrapped(old: bytes, node: Node, calls: list[bytes]) -> Iterator[Replacement]:
    yield put(node, b"(" + old + b",)")
    yield put(node, b"[" + old + b"]")
    for call in calls:
        yield put(node, call + b"(" + old + b")")
    if node.parent is not None and node.parent.type == "argument_list":
        yield put(node, b"*" + old)


REWRITE = Rewrite(
    name="wrap_value",
    title="Pass the value through a call",
    language="python",
    weight=1,
    before="def f(a):\n    return sorted(a)[0]\n",
    after="def f(a):\n    return sorted(list(a))[0]\n",
    propose=propose,
    cap=400,
    everywhere=True,
)
