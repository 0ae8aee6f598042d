"""Handle `route`: past commits and the scope's functions, then ask the score."""

import asyncio
from dataclasses import asdict

from autonav_analysis.routing.score import Signals, at_random
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.route import RouteParams
from autonav_protocol.values.route import Route
from autonav_server.context import Context
from autonav_server.exploration.proof import ROUTED, SAID, records
from autonav_server.worktree import tasks
from autonav_server.worktree.past_work import routed

ENOUGH_OUTCOMES = 20
"""Outcomes that a person told of before any way is taken at random: without them nothing would be learnt by it."""


async def run(context: Context, params: RouteParams) -> Route:
    worktree = context.worktree
    task = tasks.active_task(worktree)
    globs = params.paths or (task.contract.scope.edit if task else ())
    if not globs:
        raise BadRequest("no files to route", "name them, as in autonav route 'src/**', or start a task")
    signals = Signals(params.reflections, params.lines, params.stalled, params.oscillating)
    settings = context.settings.route
    found = await asyncio.to_thread(routed, worktree, globs, settings.threshold, signals, context.progress)
    if len(records(worktree.store, SAID)) >= ENOUGH_OUTCOMES:
        found = at_random(
            found, f"{task.slug} {task.contract.base}" if task else " ".join(globs), settings.random_share
        )
    told = {name: value for name, value in asdict(found).items() if name != "explanation"}
    context.record(ROUTED, {"paths": globs, **told})
    return found


def text(result: Route) -> str:
    return result.explanation
