"""Handle `status`: one look, in numbers."""

import asyncio

from autonav_protocol.operations.status import StatusParams, StatusResult
from autonav_server.context import Context
from autonav_server.worktree.fence import look, status_of


async def run(context: Context, params: StatusParams) -> StatusResult:
    worktree = context.worktree
    trusted = context.trusted(worktree)
    seen = await asyncio.to_thread(look, worktree, context.settings, trusted=trusted, saved=context.saved(worktree))
    return status_of(worktree, seen, trusted=trusted, watching=context.watching(worktree))


def text(result: StatusResult) -> str:
    if result.task is None:
        return "no task is active"
    outside = f", {result.outside} outside" if result.outside else ""
    return f"{result.slug}: {result.files_changed} files changed{outside}\n  {result.task}"
