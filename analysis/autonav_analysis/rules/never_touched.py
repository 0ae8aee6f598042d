"""AN103: a file changed that the task must never touch."""

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
    """Yield one finding for each changed path under `never`."""
    for file in change.files:
        decision = decide_file(change, file)
        if decision.list_name != "never":
            continue
        line, end_line = lines_of(file)
        yield Finding(
            code="AN103",
            slug="never-touched",
            severity=severity_of(file),
            path=file.path,
            line=line,
            end_line=end_line,
            message=shortened(
                f"task '{change.contract.slug}' must never touch {file.path} ({size_of(file)}): `{decision.glob}` in never; put it back"
            ),
            fingerprint=fingerprint("AN103", file.path, file.kind),
            fixes=ways_back(file),
            related=(contract_line(change, "never"),),
            evidence=evidence_of(file),
        )


RULE = Rule(
    code="AN103",
    slug="never-touched",
    severity=Severity.ERROR,
    summary="A file changed that the task must never touch.",
    what=("The path matches a line of `never` in the contract, which no line of `edit` can outweigh."),
    why="It was named as a non-goal; a change of it is the surest sign that the task has left its way.",
    example=(
        "```console\n$ autonav start --edit 'src/**' --never 'src/auth/**' \"retry\"\n$ autonav check\n"
        "src/auth/login.py:3: error AN103 task 'retry' must never touch src/auth/login.py\n```"
    ),
    resolve=(
        "- *Put this file back* (`autonav put-back PATH`); `autonav undo` brings the change again.\n"
        "- Take the glob off `never` (`autonav scope rm GLOB`), if the task needs the file after all."
    ),
    check=check,
)
