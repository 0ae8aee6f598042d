"""Do it earlier or later."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start, nodes

MOST = 20


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each statement exchanged with a later one of its block or moved to another place in it, the nearest first."""
    moves = []
    for block in nodes(site, "block"):
        lines = [
            each for each in block.named_children if each.type != "comment" and not indentation(site, each).strip()
        ]
        for index, node in enumerate(lines[:MOST]):
            for distance, other in enumerate(lines[index + 1 : MOST], 1):
                moves.append((distance, _moved(site, node, other, down=True)))
                if distance > 1:
                    moves.append((distance, _moved(site, node, other, down=False)))
    yield from (move for _, move in sorted(moves, key=lambda each: each[0]))


def _moved(site: Site, first: Node, last: Node, *, down: bool) -> Replacement:
    """Return the first statement moved behind the last, or the last before the first."""
    start, end = line_start(site, first), line_end(site, last)
    cut = line_end(site, first) if down else line_start(site, last)
    head, tail = site.source[start:cut], site.source[cut:end]
    return Replacement(start, end, tail + (b"" if tail.endswith(b"\n") else b"\n") + head)


REWRITE = Rewrite(
    name="move_statement",
    title="Do it earlier or later",
    language="python",
    weight=1,
    before="def f(a):\n    b = len(a)\n    a.pop()\n    return b\n",
    after="def f(a):\n    a.pop()\n    b = len(a)\n    return b\n",
    propose=propose,
    cap=200,
)
