"""Handle `finish`: the contract stops binding."""

import asyncio

from autonav_analysis.audit.hearing import heard
from autonav_analysis.judging import all_rules
from autonav_protocol.operations.finish import FinishParams, FinishResult
from autonav_protocol.values.audit import Audit, Surroundings
from autonav_protocol.values.finding import Finding
from autonav_server.auditing.texts import audited_files
from autonav_server.context import Context
from autonav_server.worktree import tasks
from autonav_server.worktree.fence import Look, look


async def run(context: Context, params: FinishParams) -> FinishResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    seen = await asyncio.to_thread(
        look, worktree, context.settings, trusted=context.trusted(worktree), saved=context.saved(worktree)
    )
    files = tuple(file.path for file in seen.change.files) if seen.change else ()
    missing = await asyncio.to_thread(_missing, context, seen) if seen.change else ()
    tasks.end(worktree, task)
    context.record("task.finish", {"slug": task.slug, "files": len(files), "outside": list(seen.outside)})
    context.changed(worktree)
    return FinishResult(task=task.contract.task, files_changed=files, outside=seen.outside, missing=missing)


def text(result: FinishResult) -> str:
    outside = "".join(f"\n  outside: {path}" for path in result.outside)
    missing = "".join(f"\n  {each.message}" for each in result.missing)
    changed = f"{len(result.files_changed)} files changed, {len(result.outside)} outside"
    return f"finished: {result.task} ({changed}){outside}{missing}"


def _missing(context: Context, seen: Look) -> tuple[Finding, ...]:
    """Return what the task names and did not change."""
    assert seen.change is not None
    texts = audited_files(context.worktree, seen.change.files)
    found = all_rules()["AN202"].check(Audit(seen.change, texts, Surroundings(closing=True)))
    return heard(found, context.settings.rules).findings
