"""AN106: the contract has come to its end."""

from collections.abc import Iterator
from datetime import datetime

from autonav_analysis.findings import contract_line, fingerprint
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Fix, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding when something is changed although the time of the contract is over."""
    expires = change.contract.expires
    if not (expires and change.now and change.files):
        return
    if datetime.fromisoformat(change.now) <= datetime.fromisoformat(expires):
        return
    line = contract_line(change, "expires")
    yield Finding(
        code="AN106",
        slug="contract-expired",
        severity=Severity.ERROR,
        path=change.contract_path,
        line=line.line,
        end_line=line.line,
        message=f'the contract of task "{change.contract.slug}" expired at {expires}; finish it or give it more time',
        fingerprint=fingerprint("AN106", change.contract_path, expires),
        fixes=(
            Fix("finish", "Finish the task", "finish"),
            Fix("more-time", "Give it eight more hours", "scope add", {"hours": 8}),
        ),
        related=(line,),
    )


RULE = Rule(
    code="AN106",
    slug="contract-expired",
    severity=Severity.ERROR,
    summary="The time of the contract is over.",
    what="The contract says when it `expires`, that time has passed, and the worktree differs from what it was.",
    why="A permission that nobody takes back is a permission for everything that runs later.",
    example=(
        "```console\n$ autonav start --edit 'src/**' --hours 4 \"retry\"\n$ autonav check   # five hours later\n"
        '.autonav/tasks/retry.toml:5: error AN106 the contract of task "retry" expired at 2026-01-31T18:00:00+00:00; '
        "finish it or give it more time\n```"
    ),
    resolve=("- *Finish the task* (`autonav finish`).\n- *Give it eight more hours* (`autonav scope add --hours 8`)."),
    check=check,
)
