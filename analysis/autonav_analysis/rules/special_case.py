"""AN710: a function answers one written input with one written output."""

from collections.abc import Iterator

from autonav_analysis.audit.paths import is_source, is_tooling
from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back
from autonav_analysis.audit.tests_pairing import TestChanges, changes_of_tests
from autonav_analysis.audit.tests_values import Kind, SpecialCase
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each new `if input == LITERAL: return LITERAL` outside of tests; ordinary values left out."""
    changes = changes_of_tests(audit)
    for file, tests in changes.files:
        for each in tests.special_cases if is_source(file.path) and not is_tooling(file.path) else ():
            tested = _is_tested(changes, each)
            yield finding(
                ("AN710", "special-case"),
                Severity.WARNING if tested else Severity.INFORMATION,
                file,
                each.line,
                f"{each.given[:50]} is answered with {each.answer[:50]}, whatever the rest of the function does"
                + ("; a test of this change asks for just that" if tested else "; does it follow from anything"),
                about=(each.given, each.answer),
                fixes=(hunk_back(file, 0, each.line),),
                evidence=before_after([("", each.source)]),
            )


def _is_tested(changes: TestChanges, case: SpecialCase) -> bool:
    """Return whether an assertion of a changed test gives just this input and expects just this answer."""
    asked, expected = "".join(case.given.split()), case.answer.strip("\"'")
    return any(
        asked in each.subject.replace(" ", "") and each.expected.strip("\"' ()") == expected
        for _, tests in changes.files
        for test in tests.after.of(Kind.TEST)
        for each in test.assertions
    )


RULE = Rule(
    code="AN710",
    slug="special-case",
    severity=Severity.WARNING,
    summary="A function answers one written input with one written output.",
    what=(
        "`if argument == LITERAL: return LITERAL` is new in code that is no test. Ordinary values (0, 1, -1, empty ones, "
        "none, true, false) are left out. It warns where a test of the same change gives that input and "
        "expects that output, and is information otherwise."
    ),
    why="It makes the one example pass that a test gives, and nothing else.",
    example=(
        "```console\n$ autonav check\nsrc/cart.py:2: warning AN710 [1, 2, 3] is answered with 7, whatever the rest of the "
        "function does; a test of this change asks for just that\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- Write what the answer follows from.\n- `autonav: "
        "allow AN710 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
)
