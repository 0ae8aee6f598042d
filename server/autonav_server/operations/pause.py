"""Handle `pause`: the contract stops binding for a while."""

from autonav_protocol.operations.pause import PauseParams, PauseResult
from autonav_server.context import Context
from autonav_server.worktree import tasks
from autonav_server.worktree.clock import in_hours


async def run(context: Context, params: PauseParams) -> PauseResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    until = in_hours(params.minutes / 60) if params.minutes else ""
    tasks.pause(worktree, task, until)
    context.record("task.pause", {"slug": task.slug, "until": until})
    context.changed(worktree)
    return PauseResult(slug=task.slug, until=until or None)


def text(result: PauseResult) -> str:
    return f"paused: {result.slug}, {f'until {result.until}' if result.until else 'until autonav resume'}"
