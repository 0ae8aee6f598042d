"""Handle `scope request`: keep the request for a person, and announce it."""

from autonav_protocol.errors import BadRequest, Refused
from autonav_protocol.operations.scope_request import ScopeRequestParams, ScopeRequestResult
from autonav_server.context import Context
from autonav_server.operations._scope import refuse_bad_globs
from autonav_server.worktree import requests, tasks
from autonav_server.worktree.clock import now


async def run(context: Context, params: ScopeRequestParams) -> ScopeRequestResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    reason = " ".join(params.reason.split())[:300]
    refuse_bad_globs(params.globs)
    if not reason:
        raise BadRequest("the reason is empty", "say why the task needs these files")
    if len(requests.waiting(worktree, task)) >= requests.MOST:
        raise Refused(f"{requests.MOST} requests are open already", "wait until the person has decided")
    asked = requests.ask(worktree, task, params.globs, reason, str(context.surface), now())
    context.record("scope.request", {"slug": task.slug, "request": asked.id, "globs": asked.globs, "reason": reason})
    context.announce(f"AutoNav: asked for {', '.join(asked.globs)}: {reason}")
    context.changed(worktree)
    return ScopeRequestResult(request=asked)


def text(result: ScopeRequestResult) -> str:
    return f"request {result.request.id} waits for a person; nothing is allowed yet"
