"""Handle `scope rm`: take lines out of the contract file, comments kept."""

from autonav_analysis.contracts import contract_file
from autonav_protocol.errors import NotFound
from autonav_protocol.operations.scope_rm import ScopeRmParams, ScopeRmResult
from autonav_server.context import Context
from autonav_server.operations._scope import allowed
from autonav_server.worktree import tasks


async def run(context: Context, params: ScopeRmParams) -> ScopeRmResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    known = {glob for name in contract_file.LISTS for glob in getattr(task.contract.scope, name)}
    if unknown := [glob for glob in params.globs if glob not in known]:
        raise NotFound(f"the contract has no line `{unknown[0]}`", f"it lies in {task.contract_path}")
    text = contract_file.remove_globs(tasks.granted_text(worktree, task), params.globs)
    narrowed = tasks.grant(worktree, task, text)
    context.changed(worktree)
    return ScopeRmResult(contract=narrowed.contract)


def text(result: ScopeRmResult) -> str:
    return allowed(result.contract)
