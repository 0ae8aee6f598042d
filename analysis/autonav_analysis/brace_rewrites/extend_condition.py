"""Ask for one thing more."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import atoms, joined, questions
from autonav_analysis.syntax.python_nodes import text
from autonav_analysis.syntax.python_scope import taken_in_turn


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each question joined with one that the file asks or could ask."""
    yield from taken_in_turn(_joined(site, node) for node in questions(site))


def _joined(site: Site, node: Node) -> Iterator[Replacement]:
    old = text(site, node)
    for atom in (each for each in atoms(site, node) if each != old):
        either, both = b"||" in atom or b"??" in atom, b"&&" in atom
        yield joined(site, node, b"&&", b"(" + atom + b")" if either else atom)
        yield joined(site, node, b"&&", b"(" + atom + b")" if either else atom, first=True)
        yield joined(site, node, b"||", b"(" + atom + b")" if both else atom)


REWRITE = Rewrite(
    name="extend_condition",
    title="Ask for one thing more",
    language="javascript",
    weight=4,
    before="function f(a, b) {\n  if (a) {\n    return b;\n  }\n}\n",
    after="function f(a, b) {\n  if (a && b) {\n    return b;\n  }\n}\n",
    propose=propose,
    cap=800,
    also=("typescript", "tsx", "go"),
)
