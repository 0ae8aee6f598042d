"""Do again what the file does elsewhere."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import scraps, statements
from autonav_analysis.syntax.python_edits import put_after, put_before
from autonav_analysis.syntax.python_scope import taken_in_turn

MOST = 60


def propose(site: Site) -> Iterator[Replacement]:
    """Yield a statement of the file put before or after each statement."""
    others = scraps(site, "statements")[:MOST]
    places = list(statements(site))
    rows = [[put_before(site, node, other) for other in others] for node in places]
    rows += [[put_after(site, node, other) for other in others] for node in places if node.next_named_sibling is None]
    yield from taken_in_turn(rows)


REWRITE = Rewrite(
    name="insert_statement",
    title="Do again what the file does elsewhere",
    language="javascript",
    weight=2,
    before="function g(a) {\n  a.clear();\n}\n\nfunction f(a) {\n  return a;\n}\n",
    after="function g(a) {\n  a.clear();\n}\n\nfunction f(a) {\n  a.clear();\n  return a;\n}\n",
    propose=propose,
    cap=400,
    also=("typescript", "tsx", "go"),
)
