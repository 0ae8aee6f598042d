"""Use another variable."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import is_read, nodes, put, text
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each read of a variable replaced by each other variable of the function."""
    reads = [node for node in nodes(site, "identifier") if text(site, node) in site.names and is_read(node)]
    yield from taken_in_turn([put(node, name) for name in site.names if name != text(site, node)] for node in reads)


REWRITE = Rewrite(
    name="replace_name",
    title="Use another variable",
    language="python",
    weight=3,
    before="def f(low, high):\n    return low\n",
    after="def f(low, high):\n    return high\n",
    propose=propose,
    everywhere=True,
)
