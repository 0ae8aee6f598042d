"""Check the worktree against the contract."""

from typing import Literal

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.finding import Finding
from autonav_protocol.values.risk import Risk


class CheckParams(Params):
    """Compare the worktree with what the active task may touch, and list each difference.

    With `base` everything since this branch left that commit is judged, committed or not: by
    `contract`, else by the contract that the repository holds, else by the default fence.
    Exit code 1 when a finding is at or above `fail_on`.
    """

    base: str | None = option("Judge what changed since the branch left this commit or branch.", None, metavar="REF")
    contract: str | None = option("The contract file to judge by, with `base`.", None, metavar="FILE")
    sarif_in: tuple[str, ...] = option(
        "A SARIF 2.1.0 report of another tool, whose results in the changed lines are findings; repeatable.",
        (),
        metavar="FILE",
    )
    fail_on: Literal["error", "warning", "information", "hint", "never"] = option(
        "The least severity that makes the exit code 1.", "error"
    )


class CheckResult(Result):
    """The findings, in path and line order; `root` is the worktree's.

    `allowed` are those that a comment allows, with its reason; `risk` is None where nothing changed.
    """

    schema_version: int = 1
    root: str
    task: str | None
    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...] = ()
    risk: Risk | None = None


OPERATION = Operation("check", "Check the worktree", CheckParams, CheckResult, Effect.READ, formats=("sarif", "github"))
