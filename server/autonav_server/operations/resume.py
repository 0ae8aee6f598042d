"""Handle `resume`: a paused task binds again."""

from autonav_protocol.errors import NotFound
from autonav_protocol.operations.resume import ResumeParams, ResumeResult
from autonav_server.context import Context
from autonav_server.worktree import tasks


def free(context: Context, params: ResumeParams) -> bool:
    """To bind again needs no grant: it only narrows what is allowed."""
    return tasks.active_task(context.worktree) is None


async def run(context: Context, params: ResumeParams) -> ResumeResult:
    worktree = context.worktree
    paused = [task.slug for task in tasks.paused_tasks(worktree)]
    if not paused:
        raise NotFound("no task is paused", 'start one: autonav start --edit GLOB "what is to be done"')
    task = tasks.resume(worktree, params.task or paused[0])
    context.record("task.resume", {"slug": task.slug})
    context.changed(worktree)
    return ResumeResult(contract=task.contract)


def text(result: ResumeResult) -> str:
    return f"task {result.contract.slug} binds again: may edit {', '.join(result.contract.scope.edit) or 'nothing'}"
