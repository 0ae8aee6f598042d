"""Handle `discard`: a branch that AutoNav made is deleted again."""

import asyncio
import shlex

from autonav_protocol.operations.discard import DiscardParams, DiscardResult
from autonav_server.context import Context
from autonav_server.exploration.made import delete_branch, demand_discardable
from autonav_server.exploration.proof import DISCARDED, DISCARDING


async def run(context: Context, params: DiscardParams) -> DiscardResult:
    worktree = context.worktree
    branch = await asyncio.to_thread(demand_discardable, worktree, params.branch)
    was = {"branch": branch.name, "run": branch.run, "commit": branch.tip, "commits": branch.commits}
    # Recorded first: of what is gone, nothing else would say where it stood.
    context.record(DISCARDING, {**was, "title": branch.title, "merged": branch.merged, "proof": branch.proof})
    await asyncio.to_thread(delete_branch, worktree, branch)
    context.record(DISCARDED, was)
    restore = f"git branch {shlex.quote(branch.name)} {branch.tip}"
    return DiscardResult(branch=branch.name, run=branch.run, commit=branch.tip, commits=branch.commits, restore=restore)


def text(result: DiscardResult) -> str:
    return f"branch {result.branch} is gone; bring it back: {result.restore}"
