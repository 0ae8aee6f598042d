"""Read what may be missing, and the reverse."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_argument, values
from autonav_analysis.syntax.python_nodes import put, text

DEFAULTS = (b"None", b"''", b"[]", b"{}", b"()", b"0", b"False")
WITH_DEFAULT = frozenset((b"get", b"pop", b"getattr", b"next"))


def propose(site: Site) -> Iterator[Replacement]:
    """Yield items and attributes read with a default, defaults given, changed and taken away."""
    for node in values(site, "subscript"):
        value, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
        if value is not None and key is not None and key.type != "slice":
            yield put(node, text(site, value) + b".get(" + text(site, key) + b")")
            for default in DEFAULTS[1:5]:
                yield put(node, text(site, value) + b".get(" + text(site, key) + b", " + default + b")")
    for node in values(site, "attribute"):
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if owner is not None and name is not None:
            yield put(node, b"getattr(" + text(site, owner) + b", '" + text(site, name) + b"', None)")
    for node in values(site, "call"):
        yield from _of_call(site, node)


def _of_call(site: Site, node: Node) -> Iterator[Replacement]:
    callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if callee is None or arguments is None or arguments.type != "argument_list":
        return
    name, given = text(site, callee).rpartition(b".")[2], arguments.named_children
    least = 2 if name == b"getattr" else 1
    if name not in WITH_DEFAULT or not least <= len(given) <= least + 1:
        return
    if len(given) == least:
        yield from (put_argument(site, arguments, default) for default in DEFAULTS)
    else:
        yield from (put(given[-1], default) for default in DEFAULTS if default != text(site, given[-1]))
    if name == b"get" and callee.children:
        yield put(node, text(site, callee.children[0]) + b"[" + text(site, given[0]) + b"]")
    if name == b"getattr" and given[1].type == "string":
        yield put(node, text(site, given[0]) + b"." + text(site, given[1]).strip(b"'\""))


REWRITE = Rewrite(
    name="read_safely",
    title="Read what may be missing",
    language="python",
    weight=0.4,
    before="def f(a):\n    return a['x']\n",
    after="def f(a):\n    return a.get('x')\n",
    propose=propose,
    cap=150,
    everywhere=True,
)
