"""Handle `finish`: the contract stops binding."""

import asyncio

from autonav_protocol.operations.finish import FinishParams, FinishResult
from autonav_server.context import Context
from autonav_server.worktree import tasks
from autonav_server.worktree.fence import look


async def run(context: Context, params: FinishParams) -> FinishResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    seen = await asyncio.to_thread(
        look, worktree, context.settings, trusted=context.trusted(worktree), saved=context.saved(worktree)
    )
    files = tuple(file.path for file in seen.change.files) if seen.change else ()
    tasks.end(worktree, task)
    context.record("task.finish", {"slug": task.slug, "files": len(files), "outside": list(seen.outside)})
    context.changed(worktree)
    return FinishResult(task=task.contract.task, files_changed=files, outside=seen.outside)


def text(result: FinishResult) -> str:
    outside = "".join(f"\n  outside: {path}" for path in result.outside)
    return (
        f"finished: {result.task} ({len(result.files_changed)} files changed, {len(result.outside)} outside){outside}"
    )
