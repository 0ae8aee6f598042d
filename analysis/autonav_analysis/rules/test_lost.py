"""AN802: tests of the base no longer run."""

from collections.abc import Iterator

from autonav_analysis.findings import counted, fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_analysis.validation_findings import run_again
from autonav_protocol.values.finding import Finding, Severity
from autonav_protocol.values.validation import Validation


def check(validation: Validation) -> Iterator[Finding]:
    """Yield one finding when tests are lost."""
    if not validation.lost:
        return
    said = f"{counted(len(validation.lost), 'test')} of the base no longer run, among them {validation.lost[0]}"
    yield Finding(
        code="AN802",
        slug="test-lost",
        severity=Severity.WARNING,
        path=validation.manifest,
        line=1,
        end_line=1,
        message=shortened(f"{said}; a smaller suite proves less"),
        fingerprint=fingerprint("AN802", validation.folder, *validation.lost),
        fixes=(run_again(validation),),
        evidence=validation.lost[:50],
    )


RULE = Rule(
    code="AN802",
    slug="test-lost",
    severity=Severity.WARNING,
    summary="Tests that run on the base no longer run.",
    what=(
        "`autonav validate` collected fewer tests than on the base: they were deleted, renamed, or their file can no "
        "longer be imported. The verdict is `unproven`, whatever passed."
    ),
    why="The cheapest way to make a suite pass is to make it smaller.",
    example=(
        "```console\n$ autonav validate\npyproject.toml:1: warning AN802 2 tests of the base no longer run, among them "
        "tests/test_cart.py::test_total; a smaller suite proves less\n```"
    ),
    resolve="- Put the tests back (`autonav put-back PATH`).\n- Where they were meant to go, finish the task and say so.",
    check=check,
    subject=Validation,
)
