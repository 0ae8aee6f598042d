"""Handle `scope decline`: the request is no longer shown."""

from autonav_protocol.operations.scope_decline import ScopeDeclineParams, ScopeDeclineResult
from autonav_server.context import Context
from autonav_server.worktree import requests, tasks


async def run(context: Context, params: ScopeDeclineParams) -> ScopeDeclineResult:
    worktree = context.worktree
    declined = requests.decline(worktree, tasks.required_task(worktree), params.request)
    context.changed(worktree)
    return ScopeDeclineResult(request=declined)


def text(result: ScopeDeclineResult) -> str:
    return f"declined: {', '.join(result.request.globs)}"
