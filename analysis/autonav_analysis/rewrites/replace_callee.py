"""Call something else of the file."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import is_read, nodes, text
from autonav_analysis.syntax.python_scope import most_alike_first, scope


def propose(site: Site) -> Iterator[Replacement]:
    """Yield names that are no variables replaced by those that the module binds or the file calls, those most alike first."""
    module = scope(site)
    others = tuple(dict.fromkeys((*module.names, *module.wrappers, *site.names)))
    rows = (
        (node, others)
        for node in nodes(site, "identifier")
        if text(site, node) not in (b"self", b"cls", *site.names) and _is_value(node)
    )
    yield from most_alike_first(site, rows)


def _is_value(node: Node) -> bool:
    parent = node.parent
    called = parent is not None and parent.type == "call" and parent.child_by_field_name("function") == node
    return called or is_read(node)


REWRITE = Rewrite(
    name="replace_callee",
    title="Call something else of the file",
    language="python",
    weight=1.5,
    before="def g(a):\n    return a\n\n\ndef f(a):\n    return h(a)\n",
    after="def g(a):\n    return a\n\n\ndef f(a):\n    return g(a)\n",
    propose=propose,
    cap=300,
    everywhere=True,
    outside=True,
)
