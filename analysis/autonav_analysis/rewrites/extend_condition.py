"""Ask for one thing more."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import joined, questions
from autonav_analysis.syntax.python_nodes import text
from autonav_analysis.syntax.python_questions import atoms
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each condition joined with a question that the file asks or could ask."""
    yield from taken_in_turn(_joined(site, node) for node in questions(site))


def _joined(site: Site, node: Node) -> Iterator[Replacement]:
    old = text(site, node)
    for atom in (each for each in atoms(site, node) if each != old):
        other = b"(" + atom + b")" if b" or " in atom or b" and " in atom or b" if " in atom else atom
        yield joined(site, node, b"and", other)
        yield joined(site, node, b"and", other, first=True)
        yield joined(site, node, b"or", other)


REWRITE = Rewrite(
    name="extend_condition",
    title="Ask for one thing more",
    language="python",
    weight=4,
    before="def f(a, b):\n    if a:\n        return b\n",
    after="def f(a, b):\n    if a and b:\n        return b\n",
    propose=propose,
    cap=800,
)
