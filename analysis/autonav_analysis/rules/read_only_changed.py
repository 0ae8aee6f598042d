"""AN104: a file changed that the task may only read."""

from collections.abc import Iterator

from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import (
    contract_line,
    evidence_of,
    fingerprint,
    lines_of,
    severity_of,
    shortened,
    size_of,
    ways_back,
)
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for each changed path under `read_only`."""
    for file in change.files:
        decision = decide_file(change, file)
        if decision.list_name != "read_only":
            continue
        line, end_line = lines_of(file)
        yield Finding(
            code="AN104",
            slug="read-only-changed",
            severity=severity_of(file),
            path=file.path,
            line=line,
            end_line=end_line,
            message=shortened(
                f"{file.path} ({size_of(file)}) is read-only for task '{change.contract.slug}': `{decision.glob}`; put it back"
            ),
            fingerprint=fingerprint("AN104", file.path, file.kind),
            fixes=ways_back(file),
            related=(contract_line(change, "read_only"),),
            evidence=evidence_of(file),
        )


RULE = Rule(
    code="AN104",
    slug="read-only-changed",
    severity=Severity.ERROR,
    summary="A file changed that the task may only read.",
    what=(
        "The path matches a line of `read_only` in the contract: the task may look at it and must leave it as it is."
    ),
    why="Tests, schemas and reference files prove nothing once the task may bend them.",
    example=(
        "```console\n$ autonav start --edit 'src/**' --read-only 'tests/**' \"retry\"\n$ autonav check\n"
        "tests/test_x.py:3: error AN104 tests/test_x.py (+1 -1) is read-only for task 'retry'\n```"
    ),
    resolve=(
        "- *Put this file back* (`autonav put-back PATH`); `autonav undo` brings the change again.\n"
        "- Take the glob off `read_only` (`autonav scope rm GLOB`), if the task needs the file after all."
    ),
    check=check,
)
