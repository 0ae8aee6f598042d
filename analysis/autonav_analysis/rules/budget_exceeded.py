"""AN601: the task has become larger than its budget."""

from collections.abc import Iterator

from autonav_analysis.contracts.budget import used
from autonav_analysis.findings import contract_line, counted, fingerprint
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Fix, Severity

NEAR = 0.8
"""The share of a limit from which it is told."""


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for each limit that is passed, or nearly."""
    for name, size in used(change).items():
        limit = getattr(change.contract.budget, name)
        if size <= limit * NEAR:
            continue
        over = size > limit
        line = contract_line(change, name)
        said = f'{counted(size, name[:-1])} changed of {limit:,} in the budget of task "{change.contract.slug}"'
        larger = max(size, limit) * 3 // 2
        yield Finding(
            code="AN601",
            slug="budget-exceeded",
            severity=Severity.ERROR if over else Severity.INFORMATION,
            path=change.contract_path,
            line=line.line,
            end_line=line.line,
            message=f"{said}; {'stop here, put files back, or raise it' if over else 'it is nearly used up'}",
            fingerprint=fingerprint("AN601", change.contract_path, name, str(over)),
            fixes=(Fix(f"raise-{name}", f"Raise the budget to {larger:,} {name}", "scope add", {name: larger}),),
            related=(line,),
        )


RULE = Rule(
    code="AN601",
    slug="budget-exceeded",
    severity=Severity.ERROR,
    summary="The task has become larger than its budget.",
    what=(
        "The change counts more files, or more added and removed lines, than the contract's `budget` allows; "
        "from four fifths on it is told as information. Files under `generated` are not counted."
    ),
    why="A change that outgrows what was asked is seldom reviewed with the care that it then needs.",
    example=(
        "```console\n$ autonav start --edit 'src/**' --files 8 --lines 400 \"retry\"\n$ autonav check\n"
        '.autonav/tasks/retry.toml:9: error AN601 11 files changed of 8 in the budget of task "retry"; '
        "stop here, put files back, or raise it\n```"
    ),
    resolve=(
        "- *Raise the budget* (`autonav scope add --files N --lines N`).\n"
        "- Put files back (`autonav put-back PATH`), or finish and start a task for the rest."
    ),
    check=check,
)
