"""Use another variable."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import is_read, nodes
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each read of a variable replaced by each other variable of the function."""
    reads = [node for node in nodes(site, "identifier") if text(site, node) in site.names and is_read(site, node)]
    yield from taken_in_turn([put(node, name) for name in site.names if name != text(site, node)] for node in reads)
    for node in nodes(site, "shorthand_property_identifier"):
        own = text(site, node)
        yield from (put(node, own + b": " + name) for name in site.names if name != own)


REWRITE = Rewrite(
    name="replace_name",
    title="Use another variable",
    language="javascript",
    weight=3,
    before="function f(low, high) {\n  return low;\n}\n",
    after="function f(low, high) {\n  return high;\n}\n",
    propose=propose,
    also=("typescript", "tsx", "go"),
)
