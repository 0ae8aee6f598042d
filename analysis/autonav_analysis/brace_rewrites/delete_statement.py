"""Leave a statement out."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import statements
from autonav_analysis.syntax.python_nodes import line_end, line_start


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each statement deleted with its line."""
    for node in statements(site):
        yield Replacement(line_start(site, node), line_end(site, node), b"")


REWRITE = Rewrite(
    name="delete_statement",
    title="Leave a statement out",
    language="javascript",
    weight=1.5,
    before="function f(items) {\n  items.pop();\n  return items;\n}\n",
    after="function f(items) {\n  return items;\n}\n",
    propose=propose,
    also=("typescript", "tsx", "go"),
)
