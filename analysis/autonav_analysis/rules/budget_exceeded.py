"""AN601: the task has become larger than its budget."""

from collections.abc import Iterator

from autonav_analysis.contracts.budget import over_budget
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for the limit of files, and that of lines, that is passed, or nearly."""
    stop = "stop here, put files back, or raise it"
    yield from over_budget(change, "AN601", "budget-exceeded", ("files", "lines"), stop)


RULE = Rule(
    code="AN601",
    slug="budget-exceeded",
    severity=Severity.ERROR,
    summary="The task has become larger than its budget.",
    what=(
        "The change counts more files, or more added and removed lines, than the contract's `budget` allows; "
        "from four fifths on it is told as information. Files under `generated` are not counted. A task that is started "
        "without a budget gets that of the settings (`budget.files`, `budget.lines`), which `autonav init` learns from "
        "the repository's own history."
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
