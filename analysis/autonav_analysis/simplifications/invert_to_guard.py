"""Ask for the case that ends first."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import branches, negated
from autonav_analysis.syntax.python_flow import always_leaves
from autonav_analysis.syntax.python_layout import body_at, has_comment, header_comment, own_lines, step_of
from autonav_analysis.syntax.python_nodes import indentation, line_end, line_start, nodes


def propose(site: Site) -> Iterator[Change]:
    """Yield each if whose else returns, raises, breaks or continues: the else becomes a guard before the rest."""
    for node in nodes(site, "if_statement"):
        found = branches(node)
        if len(found) != 2 or found[1].condition is not None or not always_leaves(found[1].body):
            continue
        first, second = found
        lines, margin = own_lines(site, first), indentation(site, node)
        if first.condition is None or lines is None or has_comment(site, (lines[1], second.colon.end_byte)):
            continue
        # What is said beside a question would be said of its opposite.
        if any(own_lines(site, each) is not None and header_comment(site, each) for each in found):
            continue
        guard = body_at(site, second, margin + step_of(site, first))
        yield Change(
            (
                Replacement(first.condition.start_byte, first.condition.end_byte, negated(site, first.condition)),
                Replacement(*lines, guard),
                Replacement(line_start(site, second.node), line_end(site, second.body), body_at(site, first, margin)),
            )
        )


SIMPLIFICATION = Simplification(
    name="invert_to_guard",
    title="Ask for the case that ends first",
    proof=CONSTRUCTED,
    before="def f(a):\n    if a < 3:\n        a += 1\n        print(a)\n    else:\n        raise ValueError(a)  # no\n"
    "    return a\n",
    after="def f(a):\n    if not (a < 3):\n        raise ValueError(a)  # no\n    a += 1\n    print(a)\n    return a\n",
    propose=propose,
)
