"""Check the worktree against the contract."""

from typing import Literal

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.finding import Finding


class CheckParams(Params):
    """Compare the worktree with what the active task may touch, and list each difference.

    Exit code 1 when a finding is at or above `fail_on`.
    """

    fail_on: Literal["error", "warning", "information", "hint", "never"] = option(
        "The least severity that makes the exit code 1.", "error"
    )


class CheckResult(Result):
    """The findings, in path and line order."""

    schema_version: int = 1
    task: str | None
    findings: tuple[Finding, ...]


OPERATION = Operation("check", "Check the worktree", CheckParams, CheckResult, Effect.READ)
