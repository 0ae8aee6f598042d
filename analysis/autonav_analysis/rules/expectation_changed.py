"""AN702: a test expects another value, together with a change of the code."""

import re
from collections.abc import Iterator

from autonav_analysis.audit.tests_comparison import Became, compare
from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back, is_red, quoted, run_old
from autonav_analysis.audit.tests_pairing import How, Pair, TestChanges, changes_of_tests
from autonav_analysis.audit.tests_values import Assertion
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Related, Severity

TEXT = re.compile(r"(?<!\S)([\"'`]) (.*?) \1(?!\S)")
NUMBER = re.compile(r"(?<!\S)-? ?\d[\d._]*(?!\S)")


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each test whose expectations changed in a change that also touches sources."""
    changes = changes_of_tests(audit)
    for pair in changes.pairs if changes.source_changed else ():
        if pair.how is not How.SAME:
            continue
        comparison = compare(pair.before.definition, pair.after.definition)
        found = [(each.before, each.after) for each in comparison.of(Became.EXPECTED) if each.after is not None]
        if not found:
            continue
        red = is_red(audit, pair.before)
        asked = red and all(_is_asked_for(audit.change.contract.task, was, now) for was, now in found)
        quiet = Severity.INFORMATION if red or comparison.expectations_alone else Severity.HINT
        before, after = found[0]
        step = "is the new value meant? run the old test on the new code"
        if red:
            step = f"the old test fails on the new code{', and the task says the new value' if asked else ''}"
        test = pair.after.definition
        yield finding(
            ("AN702", "expectation-changed"),
            Severity.WARNING if red and not asked else quiet,
            pair.after.file,
            after.line,
            f"{test.name} expects {quoted(after.expected)} where it expected {quoted(before.expected)}; {step}",
            about=(test.qualified, *(each.text for each, _ in found)),
            fixes=(hunk_back(pair.after.file, before.line, after.line), run_old(pair.before)),
            evidence=before_after((was.source, now.source) for was, now in found),
            related=tuple(_related(changes, pair)),
        )


def _is_asked_for(task: str, before: Assertion, after: Assertion) -> bool:
    """Return whether a task's words say all that is newly expected; to name a test or a function does not."""
    new = _literals(after.expected) - _literals(before.expected)
    return bool(new) and all(re.search(rf"(?<![\w.#-]){re.escape(each)}(?!\w|\.\d)", task) for each in new)


def _literals(expected: str) -> set[str]:
    """Return the numbers and the texts of an expectation, whose tokens have one space between."""
    texts = {found[2].strip() for found in TEXT.finditer(expected)}
    return (texts | set(NUMBER.findall(TEXT.sub(" ", expected)))) - {""}


def _related(changes: TestChanges, pair: Pair) -> Iterator[Related]:
    """Yield the changed functions that the test names."""
    for name in sorted(set(re.findall(r"\w+", pair.after.definition.text.decode("utf-8", "replace")))):
        if name in changes.functions and len(name) > 2:
            path, line = changes.functions[name]
            yield Related(path, line, f"{name} changed too")


RULE = Rule(
    code="AN702",
    slug="expectation-changed",
    severity=Severity.WARNING,
    summary="A test expects another value, together with a change of the code.",
    what=(
        "In a test that kept its name and place a literal that is expected changed, and so did code that is no test. "
        "People do this in one of sixteen commits that are as they should be, so by itself it is a hint, or information "
        "where nothing else in the test changed. It warns once the old test was run on exactly "
        "this change and failed, in the editor or by `autonav validate`: then "
        "the new value is there to make the test pass. Where the task's own words say the new value it stays "
        "information; to name the test, its file or the function is not enough."
    ),
    why="Writing what the code returns into the test is the shortest way to a test that passes, bug included.",
    example=(
        "```console\n$ autonav check\ntests/test_cart.py:12: information AN702 test_total expects `7` where it expected "
        "`6`; is the new value meant? run the old test on the new code\n```"
    ),
    resolve=(
        "- *Run the old test on the new code* (`autonav validate ID --old-tests`).\n- *Put this hunk back* (`autonav "
        "put-back PATH --lines LINE`).\n- `autonav: allow AN702 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
    grouping="file",
)
