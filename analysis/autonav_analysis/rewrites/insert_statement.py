"""Do again what the file does elsewhere."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import is_last, put_after, put_before, whole_lines
from autonav_analysis.syntax.python_scope import taken_in_turn, usable

MOST = 60


def propose(site: Site) -> Iterator[Replacement]:
    """Yield a statement of the file put before or after each statement."""
    others = usable(site, "statements")[:MOST]
    rows = [[put_before(site, node, other) for other in others] for node in whole_lines(site)]
    rows += [[put_after(site, node, other) for other in others] for node in whole_lines(site) if is_last(node)]
    yield from taken_in_turn(rows)


REWRITE = Rewrite(
    name="insert_statement",
    title="Do again what the file does elsewhere",
    language="python",
    weight=2,
    before="def g(a):\n    a.clear()\n\n\ndef f(a):\n    return a\n",
    after="def g(a):\n    a.clear()\n\n\ndef f(a):\n    a.clear()\n    return a\n",
    propose=propose,
    cap=400,
    outside=True,
)
