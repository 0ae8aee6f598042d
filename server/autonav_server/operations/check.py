"""Handle `check`: every finding of one look."""

import asyncio

from autonav_analysis.findings import counted
from autonav_protocol.operations.check import CheckParams, CheckResult
from autonav_protocol.values.finding import Severity
from autonav_server.context import Context
from autonav_server.worktree.fence import SEVERITIES, look


async def run(context: Context, params: CheckParams) -> CheckResult:
    worktree = context.worktree
    seen = await asyncio.to_thread(
        look, worktree, context.settings, trusted=context.trusted(worktree), saved=context.saved(worktree)
    )
    if seen.findings:
        context.record("findings", {"fingerprints": [each.fingerprint for each in seen.findings]})
    return CheckResult(task=seen.task.slug if seen.task else None, findings=seen.findings)


def text(result: CheckResult) -> str:
    if result.task is None:
        return "no task is active: nothing to check against"
    lines = [f"{each.path}:{each.line}: {each.severity} {each.code} {each.message}" for each in result.findings]
    return "\n".join([*lines, counted(len(lines), "finding") if lines else "clean"])


def exit_code(params: CheckParams, result: CheckResult) -> int:
    """Return 1 when a finding is at or above `fail_on`."""
    if params.fail_on == "never":
        return 0
    limit = SEVERITIES.index(Severity(params.fail_on))
    return int(any(SEVERITIES.index(each.severity) <= limit for each in result.findings))
