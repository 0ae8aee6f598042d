"""Handle `scope accept`: what the contract file says becomes the granted contract."""

from autonav_protocol.errors import Conflict, NotFound
from autonav_protocol.operations.scope_accept import ScopeAcceptParams, ScopeAcceptResult
from autonav_server.context import Context
from autonav_server.operations._scope import allowed
from autonav_server.worktree import tasks
from autonav_server.worktree.configuration import policy


async def run(context: Context, params: ScopeAcceptParams) -> ScopeAcceptResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    if params.policy:
        tasks.grant_policy(worktree, task, policy(worktree.root), context.settings.protected)
        context.changed(worktree)
        return ScopeAcceptResult(contract=task.contract)
    data = tasks.contract_bytes(worktree, task)
    if data is None:
        raise NotFound(f"{task.contract_path} is gone", f"restore it: autonav put-back {task.contract_path}")
    if params.expected is not None and tasks.contract_image(worktree, task) != params.expected:
        raise Conflict(f"{task.contract_path} has changed since you looked at it", "look at it again")
    accepted = tasks.grant(worktree, task, data.decode("utf-8", "replace"))
    context.changed(worktree)
    return ScopeAcceptResult(contract=accepted.contract)


def text(result: ScopeAcceptResult) -> str:
    return allowed(result.contract)
