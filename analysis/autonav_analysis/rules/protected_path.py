"""AN105: a protected file changed."""

from collections.abc import Iterator

from autonav_analysis.contracts.scope import decide_file
from autonav_analysis.findings import (
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
    """Yield one finding for each changed path under a protected glob; while no task is active it only informs."""
    for file in change.files:
        decision = decide_file(change, file)
        if decision.list_name != "protected" or file.path == change.policy_path:
            continue
        line, end_line = lines_of(file)
        yield Finding(
            code="AN105",
            slug="protected-path",
            severity=severity_of(file) if change.contract.slug else Severity.INFORMATION,
            path=file.path,
            line=line,
            end_line=end_line,
            message=shortened(
                f"protected: {file.path} ({size_of(file)}) matches `{decision.glob}`; put it back, "
                "or take that glob off `protected` in autonav.toml yourself"
            ),
            fingerprint=fingerprint("AN105", file.path, file.kind),
            fixes=ways_back(file),
            evidence=evidence_of(file),
        )


RULE = Rule(
    code="AN105",
    slug="protected-path",
    severity=Severity.ERROR,
    summary="A file changed that no task may touch.",
    what=(
        "The path matches a glob of `protected`: files that decide what runs, what is checked and who "
        "may do what, such as CI workflows, hooks, licences, agent settings and AutoNav's own policy. "
        "A contract cannot allow them. While no task is active such a change is information, not an error."
    ),
    why="A change here weakens the checks that every other change relies on.",
    example=(
        "```console\n$ echo 'on: {}' > .github/workflows/ci.yml\n$ autonav check\n"
        ".github/workflows/ci.yml:1: error AN105 protected: .github/workflows/ci.yml (+1 -4) matches "
        "`.github/workflows/`; put it back, or take that glob off `protected` in autonav.toml yourself\n```"
    ),
    resolve=(
        "- *Put this file back* (`autonav put-back PATH`).\n"
        "- If your project does not want the file protected, name what it wants protected in "
        '`autonav.toml` (`protected = ["!LICENSE*"]` takes a glob off again) before the task starts.'
    ),
    check=check,
)
