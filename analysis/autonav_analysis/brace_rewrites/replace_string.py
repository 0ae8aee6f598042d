"""Use another string of the file."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, is_read, nodes, scraps
from autonav_analysis.syntax.python_nodes import text
from autonav_analysis.syntax.python_scope import most_alike_first

LONGEST, MOST = 30, 100


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each short string replaced by another of the file, those most alike first."""
    others = scraps(site, "strings", LONGEST)[:MOST]
    rows = (
        (node, (*others, text(site, node)[:1] * 2))
        for node in nodes(site, *forms_of(site).strings)
        if node.end_byte - node.start_byte <= LONGEST and is_read(site, node)
    )
    yield from most_alike_first(site, rows)


REWRITE = Rewrite(
    name="replace_string",
    title="Use another string of the file",
    language="javascript",
    weight=1,
    before="function f(a) {\n  return [a['one'], a['two'], a['one']];\n}\n",
    after="function f(a) {\n  return [a['one'], a['two'], a['two']];\n}\n",
    propose=propose,
    cap=200,
    everywhere=True,
    outside=True,
    also=("typescript", "tsx", "go"),
)
