"""Ask before the else branch."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes
from autonav_analysis.syntax.python_questions import atoms

MOST = 60


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each else of an if as an elif with a question that the file asks or could ask, and each elif as an else."""
    asked = atoms(site)[:MOST]
    for node in nodes(site, "else_clause"):
        if node.parent is not None and node.parent.type == "if_statement":
            start, end = node.start_byte, node.start_byte + len(b"else")
            yield from (Replacement(start, end, b"elif " + each) for each in asked)
    for node in nodes(site, "elif_clause"):
        if (condition := node.child_by_field_name("condition")) is not None:
            yield Replacement(node.start_byte, condition.end_byte, b"else")
            yield Replacement(node.start_byte, node.start_byte + len(b"elif"), b"if")


REWRITE = Rewrite(
    name="ask_else",
    title="Ask before the else branch",
    language="python",
    weight=1,
    before="def f(a, b):\n    if a:\n        return 1\n    else:\n        return 2\n",
    after="def f(a, b):\n    if a:\n        return 1\n    elif b:\n        return 2\n",
    propose=propose,
    cap=200,
)
