"""Use another string of the file."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes
from autonav_analysis.syntax.python_scope import most_alike_first, usable

LONGEST, MOST = 30, 100


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each short string replaced by another of the file, those most alike first."""
    others = usable(site, "strings", LONGEST)[:MOST]
    rows = (
        (node, (*others, b"''", b"None"))
        for node in nodes(site, "string")
        if node.end_byte - node.start_byte <= LONGEST and node.parent and node.parent.type != "expression_statement"
    )
    yield from most_alike_first(site, rows)


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
