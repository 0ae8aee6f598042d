"""AN803: a test gives two answers for the same files."""

from collections.abc import Iterator

from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_analysis.validation_findings import place, run_again
from autonav_protocol.values.finding import Finding, Severity
from autonav_protocol.values.validation import Validation


def check(validation: Validation) -> Iterator[Finding]:
    """Yield one finding for each flaky test."""
    for test in validation.flaky:
        path, line = place(validation, test)
        yield Finding(
            code="AN803",
            slug="test-flaky",
            severity=Severity.INFORMATION,
            path=path,
            line=line,
            end_line=line,
            message=shortened(f"{test} passes and fails on the same files; it proves nothing"),
            fingerprint=fingerprint("AN803", path, test),
            fixes=(run_again(validation, test),),
        )


RULE = Rule(
    code="AN803",
    slug="test-flaky",
    severity=Severity.INFORMATION,
    summary="A test gives two answers for the same files.",
    what=(
        "A test failed on the working tree and passed on the base, so both were run again: it then answered otherwise "
        "for files that had not changed. It is counted neither for the change nor against it."
    ),
    why="A flaky test makes a good change look bad, and a bad one good, by chance.",
    example=(
        "```console\n$ autonav validate\ntests/test_clock.py:9: information AN803 tests/test_clock.py::test_now passes "
        "and fails on the same files; it proves nothing\n```"
    ),
    resolve="- Make it independent of time, order, chance and the network.\n- *Run it again*.",
    check=check,
    subject=Validation,
)
