"""Leave a statement out."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import STATEMENTS, indentation, line_end, line_start, statements


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each statement deleted with its line, or replaced by `pass` where it stands alone."""
    for node in statements(site):
        if indentation(site, node).strip():
            continue  # it shares its line with something else
        block = node.parent
        alone = block is not None and sum(child.type in STATEMENTS for child in block.children) < 2
        new = indentation(site, node) + b"pass\n" if alone else b""
        yield Replacement(line_start(site, node), line_end(site, node), new)


REWRITE = Rewrite(
    name="delete_statement",
    title="Leave a statement out",
    language="python",
    weight=1.5,
    before="def f(items):\n    items.pop()\n    return items\n",
    after="def f(items):\n    return items\n",
    propose=propose,
)
