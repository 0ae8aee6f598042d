"""Do it only if."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import whole_lines, wrapped
from autonav_analysis.syntax.python_questions import atoms
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each statement under a question that the file asks or could ask."""
    yield from taken_in_turn(_asked(site, node) for node in whole_lines(site))


def _asked(site: Site, node: Node) -> Iterator[Replacement]:
    for each in atoms(site, node):
        yield wrapped(site, node, node, [b"if " + each + b":"], [])


REWRITE = Rewrite(
    name="wrap_in_if",
    title="Do it only if",
    language="python",
    weight=1,
    before="def f(a, b):\n    a.append(b)\n    return a\n",
    after="def f(a, b):\n    if b:\n        a.append(b)\n    return a\n",
    propose=propose,
    cap=400,
)
