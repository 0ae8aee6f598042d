"""Handle `check`: every finding of one look."""

import asyncio

from autonav_analysis.findings import counted, finding_line, reaches
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.check import CheckParams, CheckResult
from autonav_server.context import Context
from autonav_server.operations._reports import REPORTS
from autonav_server.worktree.comparison import compare
from autonav_server.worktree.fence import Look, look

FORMATS = REPORTS


async def run(context: Context, params: CheckParams) -> CheckResult:
    worktree = context.worktree
    if params.contract and not params.base:
        raise BadRequest("`contract` needs `base`", "the active task is judged by its own contract")
    seen = await asyncio.to_thread(_look, context, params)
    if seen.findings:
        context.record("findings", {"fingerprints": [each.fingerprint for each in seen.findings]})
    named = seen.change.contract.slug if params.base and seen.change else seen.task.slug if seen.task else ""
    return CheckResult(task=named or None, findings=seen.findings, root=worktree.root)


def text(result: CheckResult) -> str:
    lines = [finding_line(each) for each in result.findings]
    none = "clean" if result.task else "no task is active, and nothing protected was changed"
    return "\n".join([*lines, counted(len(lines), "finding") if lines else none])


def exit_code(params: CheckParams, result: CheckResult) -> int:
    """Return 1 when a finding is at or above `fail_on`."""
    return int(reaches(result.findings, params.fail_on))


def _look(context: Context, params: CheckParams) -> Look:
    worktree, trusted = context.worktree, context.trusted(context.worktree)
    if params.base:
        return compare(worktree, context.settings, params.base, params.contract, trusted=trusted)
    return look(worktree, context.settings, trusted=trusted, saved=context.saved(worktree))
