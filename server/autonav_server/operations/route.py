"""Handle `route`: count the scope, the history and the hardest function, then ask the score."""

import asyncio

from autonav_analysis.contracts.globs import deciding_glob
from autonav_analysis.routing.score import route
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.complexity import ComplexityParams
from autonav_protocol.operations.route import RouteParams
from autonav_protocol.values.route import Route
from autonav_server.context import Context
from autonav_server.operations import complexity
from autonav_server.worktree import tasks
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.worktree import Worktree

COMMITS = 500


async def run(context: Context, params: RouteParams) -> Route:
    worktree = context.worktree
    task = tasks.active_task(worktree)
    globs = params.paths or (task.contract.scope.edit if task else ())
    if not globs:
        raise BadRequest("no files to route", "name them, as in autonav route 'src/**', or start a task")
    measured = await complexity.run(context, ComplexityParams())
    inside = {path for path in await asyncio.to_thread(listed_files, worktree) if deciding_glob(tuple(globs), path)}
    history = await asyncio.to_thread(_files_per_commit, worktree)
    return route(
        len(inside),
        history,
        max((each.cognitive for each in measured.functions if each.path in inside), default=0),
        [each.cognitive for each in measured.functions],
        threshold=context.settings.route.threshold,
    )


def text(result: Route) -> str:
    return result.explanation


def _files_per_commit(worktree: Worktree) -> list[int]:
    listed = worktree.git.text(
        "log",
        "--no-merges",
        f"--max-count={COMMITS}",
        "--format=%x01",
        "--name-only",
        "-z",
        "--no-renames",
        check=False,
    )
    return [each.strip("\n\0").count("\0") + 1 for each in listed.split("\1") if each.strip("\n\0")]
