"""Handle `route`: past commits and the scope's functions, then ask the score."""

import asyncio

from autonav_analysis.routing.score import Signals
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.route import RouteParams
from autonav_protocol.values.route import Route
from autonav_server.context import Context
from autonav_server.worktree import tasks
from autonav_server.worktree.past_work import routed


async def run(context: Context, params: RouteParams) -> Route:
    worktree = context.worktree
    task = tasks.active_task(worktree)
    globs = params.paths or (task.contract.scope.edit if task else ())
    if not globs:
        raise BadRequest("no files to route", "name them, as in autonav route 'src/**', or start a task")
    signals = Signals(params.reflections, params.lines, params.stalled, params.oscillating)
    threshold = context.settings.route.threshold
    return await asyncio.to_thread(routed, worktree, globs, threshold, signals, context.progress)


def text(result: Route) -> str:
    return result.explanation
