"""Leave first where the last question says no."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.simplification import CONSTRUCTED, Change, Simplification
from autonav_analysis.syntax.python_branches import branches, negated
from autonav_analysis.syntax.python_endings import exit_of, last_ifs
from autonav_analysis.syntax.python_layout import body_at, header_comment, own_lines, step_of
from autonav_analysis.syntax.python_nodes import indentation


def propose(site: Site) -> Iterator[Change]:
    """Yield each if without an else that is the last statement of a function or loop."""
    for node in last_ifs(site):
        found = branches(node)
        if len(found) != 1 or found[0].condition is None or (lines := own_lines(site, found[0])) is None:
            continue
        # What is said beside the question would be said of its opposite.
        if header_comment(site, found[0]):
            continue
        margin = indentation(site, node)
        leave = margin + step_of(site, found[0]) + exit_of(node) + b"\n"
        yield Change(
            (
                Replacement(
                    found[0].condition.start_byte, found[0].condition.end_byte, negated(site, found[0].condition)
                ),
                Replacement(*lines, leave + body_at(site, found[0], margin)),
            )
        )


SIMPLIFICATION = Simplification(
    name="guard_last_if",
    title="Leave first where the last question says no",
    proof=CONSTRUCTED,
    before="def f(rows, out):\n    for row in rows:\n        if row in out:\n            if row:\n"
    "                out.add(row)\n            print(row)\n",
    after="def f(rows, out):\n    for row in rows:\n        if row not in out:\n            continue\n        if row:\n"
    "            out.add(row)\n        print(row)\n",
    propose=propose,
)
