"""Ask something else."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import placed, questions
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_questions import atoms
from autonav_analysis.syntax.python_scope import alternated, taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each condition replaced by a question that the file asks or could ask."""
    yield from taken_in_turn(_asking_other(site, node) for node in questions(site))


def _asking_other(site: Site, node: Node) -> Iterator[Replacement]:
    for other in dict.fromkeys(alternated(text(site, node), atoms(site, node))):
        yield placed(node, other) if b" " in other else put(node, other)


REWRITE = Rewrite(
    name="replace_condition",
    title="Ask something else",
    language="python",
    weight=1.5,
    before="def f(a, b):\n    if a > b:\n        return b\n    if a:\n        return 1\n",
    after="def f(a, b):\n    if a > b:\n        return b\n    if a is None:\n        return 1\n",
    propose=propose,
    everywhere=True,
)
