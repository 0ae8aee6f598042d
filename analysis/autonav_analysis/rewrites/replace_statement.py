"""Do here what the file does elsewhere."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_edits import whole_lines
from autonav_analysis.syntax.python_nodes import put, text
from autonav_analysis.syntax.python_scope import EXITS, likeness, usable

MOST = 100


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each simple statement replaced by one of the file, those most alike first, and exits by exits."""
    others = usable(site, "statements")[:MOST]
    exits = [*usable(site, "exits")[:20], b"continue", b"break", b"pass"]
    pairs = []
    for node in whole_lines(site):
        old = text(site, node)
        if node.type in EXITS:
            pairs += [(1 - index / 40, node, other) for index, other in enumerate(exits) if other != old]
        elif node.type == "expression_statement":
            pairs += [(likeness(old, other), node, other) for other in (*others, *exits[:6]) if other != old]
    for _, node, other in sorted(pairs, key=lambda pair: -pair[0]):
        yield put(node, other)


REWRITE = Rewrite(
    name="replace_statement",
    title="Do here what the file does elsewhere",
    language="python",
    weight=1,
    before="def g(a):\n    a.clear()\n\n\ndef f(a):\n    a.sort()\n    return a\n",
    after="def g(a):\n    a.clear()\n\n\ndef f(a):\n    a.clear()\n    return a\n",
    propose=propose,
    cap=300,
)
