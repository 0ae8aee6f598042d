"""Stand an exception."""

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import whole_lines, wrapped
from autonav_analysis.syntax.python_scope import scope, taken_in_turn, usable

ERRORS = (b"ValueError", b"TypeError", b"KeyError", b"AttributeError", b"IndexError", b"OSError", b"ImportError")


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each statement in a try whose except clause passes or leaves."""
    leaves = [b"pass", *usable(site, "exits")[:5], b"return None", b"return False", b"continue"]
    errors = [each for each in scope(site).classes if each.endswith((b"Error", b"Exception"))][:4]
    clauses = [
        (b"except " + error + b":", b"    " + leave)
        for leave in dict.fromkeys(leaves)
        for error in dict.fromkeys((*ERRORS, *errors))
    ]
    yield from taken_in_turn(_tried(site, node, clauses) for node in whole_lines(site))


def _tried(site: Site, node: Node, clauses: Iterable[tuple[bytes, bytes]]) -> Iterator[Replacement]:
    for clause in clauses:
        yield wrapped(site, node, node, [b"try:"], clause)


REWRITE = Rewrite(
    name="wrap_in_try",
    title="Stand an exception",
    language="python",
    weight=1.5,
    before="def f(a):\n    a.close()\n",
    after="def f(a):\n    try:\n        a.close()\n    except ValueError:\n        pass\n",
    propose=propose,
    cap=200,
)
