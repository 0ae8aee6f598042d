"""Handle `undo`: bring back what stood there before AutoNav wrote."""

import asyncio

from autonav_protocol.operations.undo import UndoParams, UndoResult
from autonav_server.context import Context
from autonav_server.worktree import restore
from autonav_server.worktree.clock import now


async def run(context: Context, params: UndoParams) -> UndoResult:
    worktree = context.worktree
    undone, paths, moment = await asyncio.to_thread(restore.undo, worktree, params.moment, now())
    context.record("undo", {"undone": undone, "paths": paths, "moment": moment})
    context.changed(worktree)
    return UndoResult(undone=undone, paths=paths, moment=moment)


def text(result: UndoResult) -> str:
    return "\n".join(f"undone: {path}" for path in result.paths)
