"""Use the value itself, without the call or subscript around it."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text
from autonav_analysis.syntax.python_scope import scope


def propose(site: Site) -> Iterator[Replacement]:
    """Yield `f(x)` as `x`, `x.m()` as `x` and `x[i]` as `x`."""
    for node in nodes(site, "attribute"):
        name = node.child_by_field_name("attribute")
        if name is not None and text(site, name) in scope(site).names:
            yield put(node, text(site, name))
    for node in nodes(site, "call", "subscript"):
        if node.type == "subscript":
            if (value := node.child_by_field_name("value")) is not None:
                yield put(node, text(site, value))
            continue
        arguments, callee = node.child_by_field_name("arguments"), node.child_by_field_name("function")
        if arguments is not None:
            yield from (
                put(node, text(site, each)) for each in arguments.named_children[:3] if "argument" not in each.type
            )
        if callee is not None and callee.type == "attribute":
            yield put(node, text(site, callee.children[0]))


REWRITE = Rewrite(
    name="unwrap",
    title="Use the value itself",
    language="python",
    weight=1.5,
    before="def f(items):\n    found = list(items)\n    return found\n",
    after="def f(items):\n    found = items\n    return found\n",
    propose=propose,
    everywhere=True,
    outside=True,
)
