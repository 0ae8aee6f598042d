"""Handle `stop`: tell the processes that search to end with what they have."""

from autonav_protocol.errors import NotFound
from autonav_protocol.operations.stop import StopParams, StopResult
from autonav_server.context import Context
from autonav_server.evaluation.searching import stop
from autonav_server.exploration import explorations


async def run(context: Context, params: StopParams) -> StopResult:
    worktree = context.worktree
    runs = [each for each in explorations.searched(worktree) if params.run in (None, each)]
    if not runs:
        named = f"run {params.run} is not being searched" if params.run else "nothing is being searched here"
        raise NotFound(named, "autonav log lists the runs")
    for each in runs:
        stop(explorations.folder(worktree, each))
    context.record("explore.stop", {"runs": runs})
    return StopResult(runs=tuple(runs))


def text(result: StopResult) -> str:
    return f"told to stop: {', '.join(result.runs)}"
