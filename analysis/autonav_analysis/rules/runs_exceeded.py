"""AN603: the tests were run more often than the task's budget allows."""

from collections.abc import Iterator

from autonav_analysis.contracts.budget import over_budget
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding when the runs of the tests since the start have passed their limit, or nearly."""
    yield from over_budget(change, "AN603", "runs-exceeded", ("runs",), "stop and look at what fails, or raise it")


RULE = Rule(
    code="AN603",
    slug="runs-exceeded",
    severity=Severity.ERROR,
    summary="The tests were run more often than the task's budget allows.",
    what=(
        "The ledger holds more runs of `validate` and `explore` since the task was started than the contract's "
        "`budget` allows; from four fifths on it is told as information. What is run past AutoNav is not counted."
    ),
    why="Tests that are run again and again are being tried against, not worked with.",
    example=(
        "```console\n$ autonav start --edit 'src/**' --runs 10 \"retry\"\n$ autonav check\n"
        '.autonav/tasks/retry.toml:9: error AN603 11 runs made of 10 in the budget of task "retry"; stop and look at '
        "what fails, or raise it\n```"
    ),
    resolve="- *Raise the budget* (`autonav scope add --runs N`).\n- Look at what fails, and change the plan.",
    check=check,
)
