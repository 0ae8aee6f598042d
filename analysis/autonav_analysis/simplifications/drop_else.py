"""Leave out an else where no other branch goes on."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import branches
from autonav_analysis.syntax.python_flow import always_leaves
from autonav_analysis.syntax.python_layout import body_at, header_comment, own_lines
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start, nodes


def propose(site: Site) -> Iterator[Change]:
    """Yield each else of an if whose other branches all return, raise, break or continue."""
    for node in nodes(site, "if_statement"):
        found = branches(node)
        if len(found) < 2 or found[-1].condition is not None:
            continue
        if not all(always_leaves(each.body) for each in found[:-1]):
            continue
        last = found[-1]
        if own_lines(site, last) is not None and header_comment(site, last):
            continue
        start, end = line_start(site, last.node), line_end(site, last.body)
        yield Change((Replacement(start, end, body_at(site, last, indentation(site, node))),))


SIMPLIFICATION = Simplification(
    name="drop_else",
    title="Leave out an else where no other branch goes on",
    proof=CONSTRUCTED,
    before="def f(a):\n    if a:\n        return 1\n    else:\n        # what is left\n        a = []\n        return a\n",
    after="def f(a):\n    if a:\n        return 1\n    # what is left\n    a = []\n    return a\n",
    propose=propose,
)
