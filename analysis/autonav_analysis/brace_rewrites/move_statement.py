"""Do it earlier or later."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.braces import forms_of, lines_of, nodes
from autonav_analysis.syntax.python_nodes import line_end, line_start

MOST = 20


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each statement moved behind a later one of its block or that before it, the nearest first."""
    moves = []
    for block in nodes(site, *forms_of(site).blocks):
        lines = lines_of(site, block)[:MOST]
        for index, node in enumerate(lines):
            for distance, other in enumerate(lines[index + 1 :], 1):
                moves.append((distance, _moved(site, node, other, line_end(site, node))))
                if distance > 1:
                    moves.append((distance, _moved(site, node, other, line_start(site, other))))
    yield from (move for _, move in sorted(moves, key=lambda each: each[0]))


def _moved(site: Site, first: Node, last: Node, cut: int) -> Replacement:
    start, end = line_start(site, first), line_end(site, last)
    return Replacement(start, end, site.source[cut:end] + site.source[start:cut])


REWRITE = Rewrite(
    name="move_statement",
    title="Do it earlier or later",
    language="javascript",
    weight=1,
    before="function f(a) {\n  const b = a.length;\n  a.pop();\n  return b;\n}\n",
    after="function f(a) {\n  a.pop();\n  const b = a.length;\n  return b;\n}\n",
    propose=propose,
    cap=200,
    also=("typescript", "tsx", "go"),
)
