"""Write an if that is alone in an else as an elif."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import branches, inside
from autonav_analysis.syntax.python_layout import has_comment, own_lines, shifted
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start, nodes


def propose(site: Site) -> Iterator[Change]:
    """Yield each else that holds nothing but an if."""
    for node in nodes(site, "else_clause"):
        other = branches(node)
        if node.parent is None or node.parent.type != "if_statement" or not other or own_lines(site, other[0]) is None:
            continue
        held = inside(other[0].body)
        if len(held) != 1 or held[0].type != "if_statement" or has_comment(site, (node.start_byte, held[0].start_byte)):
            continue
        margin = indentation(site, held[0])
        moved = shifted(site, line_start(site, held[0]), line_end(site, other[0].body), margin, indentation(site, node))
        start, end = line_start(site, node), line_end(site, other[0].body)
        at = len(indentation(site, node))
        yield Change((Replacement(start, end, moved[:at] + b"el" + moved[at:]),))


SIMPLIFICATION = Simplification(
    name="use_elif",
    title="Write an if that is alone in an else as an elif",
    proof=CONSTRUCTED,
    before="def f(a):\n    if a:\n        a = 1\n    else:\n        if a is None:\n            a = 2\n        else:\n"
    "            a = 3  # or so\n    print(a)\n",
    after="def f(a):\n    if a:\n        a = 1\n    elif a is None:\n        a = 2\n    else:\n        a = 3  # or so\n"
    "    print(a)\n",
    propose=propose,
)
