"""Use another string of the file."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes, put, text
from autonav_analysis.syntax.python_scope import likeness, usable

LONGEST, MOST = 30, 100


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each short string replaced by another of the file, those most alike first."""
    others = usable(site, "strings", LONGEST)[:MOST]
    pairs = [
        (likeness(text(site, node), other), node, other)
        for node in nodes(site, "string")
        if node.end_byte - node.start_byte <= LONGEST and node.parent and node.parent.type != "expression_statement"
        for other in (*others, b"''", b"None")
        if other != text(site, node)
    ]
    for _, node, other in sorted(pairs, key=lambda pair: -pair[0]):
        yield put(node, other)


REWRITE = Rewrite(
    name="replace_string",
    title="Use another string of the file",
    language="python",
    weight=1,
    before="def f(a):\n    return a['one'], a['two'], a['one']\n",
    after="def f(a):\n    return a['one'], a['two'], a['two']\n",
    propose=propose,
    cap=200,
    everywhere=True,
    outside=True,
)
