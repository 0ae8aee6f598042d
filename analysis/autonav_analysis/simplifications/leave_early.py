"""Leave at the end of a branch instead of putting the rest in an else."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_bindings import walk
from autonav_analysis.syntax.python_branches import NESTING, branches, inside
from autonav_analysis.syntax.python_endings import exit_of, last_ifs
from autonav_analysis.syntax.python_flow import always_leaves
from autonav_analysis.syntax.python_layout import body_at, header_comment, own_lines
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start


def propose(site: Site) -> Iterator[Change]:
    """Yield each else that holds a branch or loop, of an if that is the last statement of a function or loop."""
    for node in last_ifs(site):
        found = branches(node)
        if len(found) < 2 or found[-1].condition is not None:
            continue
        going_on = [each for each in found[:-1] if not always_leaves(each.body)]
        ranges = [own_lines(site, each) for each in going_on]
        last = found[-1]
        # An else of plain statements reads as well as they do after a leave.
        if not any(each.type in NESTING for each in walk(last.body)):
            continue
        if not going_on or None in ranges or (own_lines(site, last) is not None and header_comment(site, last)):
            continue
        leaves = [
            Replacement(lines[1], lines[1], indentation(site, inside(branch.body)[0]) + exit_of(node) + b"\n")
            for branch, lines in zip(going_on, ranges, strict=True)
            if lines is not None
        ]
        start, end = line_start(site, last.node), line_end(site, last.body)
        yield Change((*leaves, Replacement(start, end, body_at(site, last, indentation(site, node)))))


SIMPLIFICATION = Simplification(
    name="leave_early",
    title="Leave at the end of a branch instead of putting the rest in an else",
    proof=CONSTRUCTED,
    before="def f(rows, out):\n    for row in rows:\n        if row in out:\n            print(row)\n        else:\n"
    "            if row:\n                out.add(row)\n            print()\n",
    after="def f(rows, out):\n    for row in rows:\n        if row in out:\n            print(row)\n            continue\n"
    "        if row:\n            out.add(row)\n        print()\n",
    propose=propose,
)
