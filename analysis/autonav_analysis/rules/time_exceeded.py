"""AN602: the task takes longer than its budget."""

from collections.abc import Iterator

from autonav_analysis.contracts.budget import over_budget
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding when the minutes since the start have passed their limit, or nearly."""
    yield from over_budget(
        change, "AN602", "time-exceeded", ("minutes",), "stop and look, finish the task, or raise it"
    )


RULE = Rule(
    code="AN602",
    slug="time-exceeded",
    severity=Severity.ERROR,
    summary="The task takes longer than its budget.",
    what=(
        "More minutes have passed since the task was started than the contract's `budget` allows; from four fifths on "
        "it is told as information. A pause does not stop the clock."
    ),
    why="Work that does not end has mostly lost its way.",
    example=(
        "```console\n$ autonav start --edit 'src/**' --minutes 30 \"retry\"\n$ autonav check\n"
        '.autonav/tasks/retry.toml:9: error AN602 34 minutes passed of 30 in the budget of task "retry"; stop and look, '
        "finish the task, or raise it\n```"
    ),
    resolve="- *Raise the budget* (`autonav scope add --minutes N`).\n- Finish the task (`autonav finish`).",
    check=check,
)
