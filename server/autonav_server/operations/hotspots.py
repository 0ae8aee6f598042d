"""Handle `hotspots`: count the commits of each file, measure it, rank both."""

import asyncio
from collections import defaultdict

from autonav_analysis.complexity.hotspots import Churn, hotspots
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.hotspots import HotspotsParams, HotspotsResult
from autonav_server.context import Context
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.measures import measures
from autonav_server.worktree.past_work import lines_by_commit
from autonav_server.worktree.worktree import Worktree


async def run(context: Context, params: HotspotsParams) -> HotspotsResult:
    return await asyncio.to_thread(_found, context, params)


def text(result: HotspotsResult) -> str:
    rows = [f"{'score':>5} {'commits':>7} {'lines':>6} {'cognitive':>9}  file, and its hardest function"]
    for each in result.hotspots:
        place = f"{each.path}  {each.worst} {each.worst_cognitive} (line {each.worst_line})"
        rows.append(f"{each.score:>5.2f} {each.commits:>7} {each.lines_changed:>6} {each.cognitive:>9}  {place}")
    return "\n".join([*rows, *(f"not measured: {each}" for each in result.problems)])


def _found(context: Context, params: HotspotsParams) -> HotspotsResult:
    worktree = context.worktree
    if not worktree.has_git:
        raise BadRequest(f"{worktree.root} is not in git", "hotspots need its commits")
    taken = measures(worktree, listed_files(worktree, params.paths), report=context.progress)
    ranked = hotspots(taken.functions, churn(worktree, params.since))
    return HotspotsResult(hotspots=ranked[: params.top], problems=taken.problems)


def churn(worktree: Worktree, since: str) -> dict[str, Churn]:
    """Return for each path the commits that touched it since a time and the lines they changed."""
    lines: dict[str, list[int]] = defaultdict(list)
    for changed in lines_by_commit(worktree, f"--since={since}").values():
        for path, count in changed.items():
            lines[path].append(count)
    return {path: Churn(len(each), sum(each)) for path, each in lines.items()}
