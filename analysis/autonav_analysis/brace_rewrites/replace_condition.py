"""Ask something else."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import atoms, placed, questions
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_scope import alternated, taken_in_turn

PLAIN = (b"true", b"false")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each question replaced by one that the file asks or could ask."""
    yield from taken_in_turn(_asking_other(site, node) for node in questions(site))


def _asking_other(site: Site, node: Node) -> Iterator[Replacement]:
    old = text(site, node)
    for other in dict.fromkeys((*alternated(old, atoms(site, node)), *(each for each in PLAIN if each != old))):
        yield placed(node, other) if b" " in other else put(node, other)


REWRITE = Rewrite(
    name="replace_condition",
    title="Ask something else",
    language="javascript",
    weight=1.5,
    before="function f(a, b) {\n  if (a > b) {\n    return b;\n  }\n  if (a) {\n    return 1;\n  }\n}\n",
    after="function f(a, b) {\n  if (a > b) {\n    return b;\n  }\n  if (a === null) {\n    return 1;\n  }\n}\n",
    propose=propose,
    everywhere=True,
    also=("typescript", "tsx", "go"),
)
