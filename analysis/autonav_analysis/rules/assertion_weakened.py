"""AN701: a test demands less than it did."""

import re
from collections.abc import Iterator

from autonav_analysis.audit.tests_comparison import CHECKS_ERROR, Became, Comparison, Difference, compare
from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back, is_red, quoted, run_old
from autonav_analysis.audit.tests_pairing import How, Pair, TestChanges, changes_of_tests
from autonav_analysis.audit.tests_values import Strength
from autonav_analysis.findings import counted
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

REVERTED = re.compile(r"^Revert \"|This reverts commit [0-9a-f]{7}", re.MULTILINE)
"""What git writes when a commit is taken back: its tests go with it."""


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each test, or helper of tests, that lost or weakened assertions."""
    changes = changes_of_tests(audit)
    for pair in changes.pairs:
        comparison = compare(pair.before.definition, pair.after.definition)
        judged = [(severity_of(changes, pair, comparison, each), each) for each in comparison.differences]
        if REVERTED.search(audit.change.contract.task):
            judged = [(severity and Severity.INFORMATION, each) for severity, each in judged]
        told = [(severity, each) for severity, each in judged if severity is not None]
        if not told:
            continue
        red = is_red(audit, pair.before)
        loud = red or any(severity is Severity.WARNING for severity, _ in told)
        yield _finding(pair, [each for _, each in sorted(told, key=_loudest_first)], loud=loud, red=red)


def severity_of(changes: TestChanges, pair: Pair, comparison: Comparison, difference: Difference) -> Severity | None:
    """Return how loud one difference is, None for what natural work does."""
    same = Severity.WARNING if pair.how is How.SAME else Severity.INFORMATION
    if difference.became is Became.GUARDED:
        return same
    gone = changes.lost_subject(f"{difference.before.text} {difference.before.source}")
    if difference.became is Became.WEAKENED:
        if not difference.certain:
            return None
        return same if pair.net <= 0 and not gone else Severity.INFORMATION
    if difference.became is Became.EXPECTED or pair.how in (How.MOVED, How.RENAMED) or comparison.raises_exactly:
        return None
    if changes.appeared[difference.before.text] or CHECKS_ERROR.match(difference.before.text):
        return None
    demanded = difference.before.strength >= Strength.PARTIAL and difference.certain
    return same if demanded and not gone else Severity.INFORMATION


def _loudest_first(told: tuple[Severity, Difference]) -> bool:
    return told[0] is not Severity.WARNING


def _finding(pair: Pair, differences: list[Difference], *, loud: bool, red: bool) -> Finding:
    first, test = differences[0], pair.after.definition
    line = first.after.line if first.after is not None else test.line
    more = f", and {counted(len(differences) - 1, 'assertion')} more" if len(differences) > 1 else ""
    step = "the old test fails on the new code" if red else "run the old test on the new code"
    old_line = first.before.line if pair.before.file is pair.after.file else 0
    return finding(
        ("AN701", "assertion-weakened"),
        Severity.WARNING if loud else Severity.INFORMATION,
        pair.after.file,
        line,
        f"{test.name} {_said(first)}{more}; {step}",
        about=(test.qualified, *(each.before.text for each in differences)),
        fixes=(hunk_back(pair.after.file, old_line, line), run_old(pair.before)),
        evidence=before_after((each.before.source, each.after.source if each.after else "") for each in differences),
    )


def _said(difference: Difference) -> str:
    was = quoted(difference.before.source)
    if difference.after is None:
        return f"no longer checks {was}"
    if difference.became is Became.GUARDED:
        return f"may now pass without {was}"
    return f"demands less: {was} became {quoted(difference.after.source)}"


RULE = Rule(
    code="AN701",
    slug="assertion-weakened",
    severity=Severity.WARNING,
    summary="A test demands less than it did.",
    what=(
        "An assertion of a test that is still there was removed, weakened, or put where it may be passed over or may "
        "fail without being noticed. Weaker is, in this order: one value; a part of it or a bound; its class; that there "
        "is something; what always holds. A larger tolerance, more accepted values, a wider exception, a condition "
        "around it, a handler that swallows its failure, a `return` before it count as well.\n\nIt warns where the test "
        "kept its name and place and did not gain as many assertions elsewhere. What was moved to another test, what "
        "speaks of names that the change took out of the code, and checks of `err` alone are not reported, or as "
        "information; a test that is given rows makes each assertion once for each, and several parts of a value may become "
        "the whole. It warns in any case once the old "
        "test was run on the new code and failed."
    ),
    why="A test that demands less passes with the bug that it was written for.",
    example=(
        "```console\n$ autonav check\ntests/test_cart.py:12: warning AN701 test_total demands less: `assert total([1, 2]) "
        "== 3` became `assert total([1, 2])`; run the old test on the new code\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- *Run the old test on the new code* (`autonav "
        "validate ID --old-tests`): where it passes, the new test may be as good.\n- `autonav: allow AN701 REASON` in a "
        "comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
)
