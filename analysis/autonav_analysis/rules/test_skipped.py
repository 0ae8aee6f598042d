"""AN703: a test is kept from being run, or from failing."""

import re
from collections import Counter
from collections.abc import Iterator

from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back, run_old
from autonav_analysis.audit.tests_pairing import How, Pair, TestChanges, changes_of_tests
from autonav_analysis.audit.tests_values import Kind, Skip
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

NAMED = ("AN703", "test-skipped")
MEANT = re.compile(r"\b(failing|xfail\w*|skip\w*|todo|pending)\b", re.IGNORECASE)
"""Words of a task that asks for tests which do not pass yet."""


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each test, suite or file that is newly skipped, and for new tests that never run."""
    changes = changes_of_tests(audit)
    for pair in changes.pairs:
        if pair.how is not How.HELPER:
            yield from _existing(pair)
    if not MEANT.search(audit.change.contract.task):
        yield from _fresh(changes)
    yield from _suites(changes)
    yield from _files(changes)


def _existing(pair: Pair) -> Iterator[Finding]:
    before, after = pair.before.definition, pair.after.definition
    new = _new(before.skips, after.skips)
    rows = sum(each.text.endswith(" of a row") for each in new)
    if not new or len(new) == rows <= (after.rows or 0) - (before.rows or 0):
        return
    loud = pair.how is How.SAME and not all(each.conditional for each in new)
    line, old_line = new[0].line, before.line if pair.before.file is pair.after.file else 0
    yield finding(
        NAMED,
        Severity.WARNING if loud else Severity.INFORMATION,
        pair.after.file,
        line,
        f"{after.name} ran before this change and now has {_quoted(new[0])}; does it still pass without",
        about=(after.qualified, *(each.text for each in new)),
        fixes=(hunk_back(pair.after.file, old_line, line), run_old(pair.before)),
        evidence=before_after(("", each.text) for each in new),
    )


def _fresh(changes: TestChanges) -> Iterator[Finding]:
    for placed in changes.fresh:
        test = placed.definition
        never = [each for each in test.skips if not each.conditional and "should_panic" not in each.text]
        if never:
            yield finding(
                NAMED,
                Severity.INFORMATION,
                placed.file,
                never[0].line,
                f"{test.name} is new and has {_quoted(never[0])}: it proves nothing yet; let it run, or leave it out",
                about=(test.qualified, *(each.text for each in never)),
                fixes=(hunk_back(placed.file, 0, never[0].line),),
                evidence=before_after(("", each.text) for each in never),
            )


def _suites(changes: TestChanges) -> Iterator[Finding]:
    for file, tests in changes.files:
        for suite in tests.after.of(Kind.SUITE):
            was = tests.before.definitions.get(suite.qualified)
            new = _new(was.skips, suite.skips) if was is not None else []
            if was is None or not new:
                continue
            yield finding(
                NAMED,
                Severity.INFORMATION if all(each.conditional for each in new) else Severity.WARNING,
                file,
                new[0].line,
                f"all tests of {suite.name} now have {_quoted(new[0])}; do they still pass without",
                about=(suite.qualified, *(each.text for each in new)),
                fixes=(hunk_back(file, was.line, new[0].line), run_old()),
                evidence=before_after(("", each.text) for each in new),
            )


def _files(changes: TestChanges) -> Iterator[Finding]:
    for file, tests in changes.files:
        new = _new(tests.before.skips, tests.after.skips) if any(True for _ in tests.before.of(Kind.TEST)) else []
        if not new or not any(True for _ in tests.after.of(Kind.TEST)):
            continue
        yield finding(
            NAMED,
            Severity.INFORMATION if all(each.conditional for each in new) else Severity.WARNING,
            file,
            new[0].line,
            f"all tests of this file now stand under {_quoted(new[0])}; do they still pass without",
            about=tuple(each.text for each in new),
            fixes=(hunk_back(file, 0, new[0].line), run_old()),
            evidence=before_after(("", each.text) for each in new),
        )


def _new(before: tuple[Skip, ...], after: tuple[Skip, ...]) -> list[Skip]:
    """Return what skips now and did not, at most as many as there are more; the unconditional first."""
    known = Counter(each.text for each in before)
    new = []
    for each in after:
        if known[each.text] > 0:
            known[each.text] -= 1
        else:
            new.append(each)
    return sorted(new, key=lambda each: each.conditional)[: max(0, len(after) - len(before))]


def _quoted(skip: Skip) -> str:
    return f"`{skip.text[:80]}`"


RULE = Rule(
    code="AN703",
    slug="test-skipped",
    severity=Severity.WARNING,
    summary="A test that ran is skipped now, or expected to fail.",
    what=(
        "A mark, attribute, call or build tag keeps a test that was there before from being run or from failing: `skip`, "
        "`xfail`, `expectedFailure`, `it.skip`, `test.todo`, `t.Skip`, `#[ignore]`, `#[should_panic]`, a `pytestmark`, a "
        "build tag. One that depends on a condition, on the test or around the call, is information; a new test that is "
        "never run is information as well, unless the task asks for tests that fail or are skipped; one that is run under "
        "conditions is not reported."
    ),
    why="A skipped test passes whatever the code does, and is seldom run again.",
    example=(
        "```console\n$ autonav check\ntests/test_cart.py:11: warning AN703 test_total ran before this change and now has "
        '`@pytest.mark.skip(reason="flaky")`; does it still pass without\n```'
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- *Run the old test on the new code* (`autonav "
        "validate ID --old-tests`).\n- `autonav: allow AN703 REASON` in a comment above, with the issue that will bring it back."
    ),
    check=check,
    subject=Audit,
    early=True,
)
