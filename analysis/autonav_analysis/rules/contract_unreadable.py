"""AN901: the contract file cannot be accepted as it is written."""

from collections.abc import Iterator

from autonav_analysis.contracts import contract_file
from autonav_analysis.findings import fingerprint, shortened
from autonav_analysis.rule import Rule
from autonav_protocol.values.contract import ContractText
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(subject: ContractText) -> Iterator[Finding]:
    """Yield one finding for each thing that keeps the contract from being accepted."""
    for problem in contract_file.read(subject.slug, subject.text).problems:
        yield Finding(
            code="AN901",
            slug="contract-unreadable",
            severity=Severity.WARNING,
            path=subject.path,
            line=problem.line,
            end_line=problem.line,
            message=shortened(f"{problem.message}; the contract last granted goes on deciding"),
            fingerprint=fingerprint("AN901", subject.path, problem.message),
            fixes=(
                Fix(
                    "restore-contract",
                    "Restore the contract that was granted",
                    "put-back",
                    {"paths": [subject.path], "expected": {subject.path: subject.image}},
                ),
            ),
        )


RULE = Rule(
    code="AN901",
    slug="contract-unreadable",
    severity=Severity.WARNING,
    summary="The contract file cannot be accepted as it is written.",
    what=(
        "The open contract file is not TOML, has a key that AutoNav does not know, or a value of the wrong "
        "kind. Until it is mended it cannot be accepted."
    ),
    why="A contract that is half understood would allow something other than what it says.",
    example='```toml\n[scope]\nedits = ["src/**"]   # AN901 unknown key edits\n```',
    resolve=(
        "- Mend the line and save.\n"
        "- *Restore the contract that was granted* (`autonav put-back .autonav/tasks/SLUG.toml`)."
    ),
    check=check,
    subject=ContractText,
)
