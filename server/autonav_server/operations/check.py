"""Handle `check`: every finding of one look."""

import asyncio
from collections.abc import Iterator, Sequence

from autonav_analysis.audit.hearing import Heard, heard
from autonav_analysis.audit.risk import risk, said
from autonav_analysis.findings import counted, finding_line, reaches
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.check import CheckParams, CheckResult
from autonav_protocol.settings import Settings
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding
from autonav_server.auditing.allowed import record_allowed
from autonav_server.auditing.audit import Findings, audits
from autonav_server.auditing.foreign import foreign_findings
from autonav_server.context import Context
from autonav_server.operations._reports import REPORTS
from autonav_server.operations._validated import red_old_tests
from autonav_server.worktree.comparison import compare
from autonav_server.worktree.fence import Look, look

FORMATS = REPORTS


async def run(context: Context, params: CheckParams) -> CheckResult:
    worktree = context.worktree
    if params.contract and not params.base:
        raise BadRequest("`contract` needs `base`", "the active task is judged by its own contract")
    seen = await asyncio.to_thread(_look, context, params)
    told = await asyncio.to_thread(_with_audits, context, seen, params.sarif_in)
    if told.findings:
        context.record("findings", {"fingerprints": [each.fingerprint for each in told.findings]})
    named = seen.change.contract.slug if params.base and seen.change else seen.task.slug if seen.task else ""
    return CheckResult(
        task=named or None,
        findings=told.findings,
        allowed=told.allowed,
        risk=risk(seen.change, told.findings) if seen.change and seen.change.files else None,
        root=worktree.root,
    )


def text(result: CheckResult) -> str:
    lines = [finding_line(each) for each in result.findings]
    none = "clean" if result.task else "no task is active, and nothing protected was changed"
    lines.append(counted(len(lines), "finding") if lines else none)
    if result.allowed:
        lines.append(f"{counted(len(result.allowed), 'finding')} allowed by comments")
    if result.risk and result.risk.score:
        lines.append(said(result.risk))
    return "\n".join(lines)


def exit_code(params: CheckParams, result: CheckResult) -> int:
    """Return 1 when a finding is at or above `fail_on`."""
    return int(reaches(result.findings, params.fail_on))


def _look(context: Context, params: CheckParams) -> Look:
    worktree, trusted = context.worktree, context.trusted(context.worktree)
    if params.base:
        return compare(worktree, context.settings, params.base, params.contract, trusted=trusted)
    return look(worktree, context.settings, trusted=trusted, saved=context.saved(worktree))


def _with_audits(context: Context, seen: Look, reports: Sequence[str]) -> Heard:
    """Return what was found outside the contract, in the content of the change, and by other tools."""
    settings, found = seen.held or context.settings, seen.findings
    for so_far, share in _audits(context, seen.change, settings) if seen.change else ():
        context.progress("judging what changed", share)
        found = (*seen.findings, *so_far)
    if reports:
        found = (*found, *_foreign(context, seen, reports))
    record_allowed(context.worktree, context.surface, found)
    return heard(sorted(found, key=lambda each: (each.path, each.line, each.code)), settings.rules)


def _audits(context: Context, change: Change, settings: Settings) -> Iterator[tuple[Findings, float]]:
    red = red_old_tests(context, change)
    return audits(context.worktree, change, settings=settings, closing=True, red_old_tests=red)


def _foreign(context: Context, seen: Look, reports: Sequence[str]) -> tuple[Finding, ...]:
    if seen.change is None:
        raise BadRequest("nothing says what changed", "start a task, or name a `base`")
    return foreign_findings(context.worktree, seen.change, reports)
