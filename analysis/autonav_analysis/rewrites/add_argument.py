"""Give one argument more."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import put_argument
from autonav_analysis.syntax.python_nodes import nodes, text
from autonav_analysis.syntax.python_scope import own_attributes, taken_in_turn

PLAIN = (b"None", b"''", b"0", b"1", b"True", b"False")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each call with one argument more: a name, an attribute or a plain value."""
    rows = []
    for node in nodes(site, "call"):
        arguments = node.child_by_field_name("arguments")
        if arguments is not None and arguments.type == "argument_list":
            given = {text(site, each) for each in arguments.named_children}
            others = (*site.names[:10], *own_attributes(site)[:6], *PLAIN)
            rows.append([put_argument(site, arguments, each) for each in others if each not in given])
    yield from taken_in_turn(rows)


REWRITE = Rewrite(
    name="add_argument",
    title="Give one argument more",
    language="python",
    weight=1,
    before="def f(a, b):\n    return max(a)\n",
    after="def f(a, b):\n    return max(a, b)\n",
    propose=propose,
    cap=300,
    everywhere=True,
)
