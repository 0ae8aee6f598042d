"""Handle `scope add`: widen `edit` in the contract file, comments kept."""

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import problems
from autonav_protocol.errors import BadRequest, Conflict
from autonav_protocol.operations.scope_add import ScopeAddParams, ScopeAddResult
from autonav_server.context import Context
from autonav_server.worktree import tasks


async def run(context: Context, params: ScopeAddParams) -> ScopeAddResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    if bad := problems(params.globs):
        raise BadRequest("; ".join(f"`{each.glob}` {each.reason}" for each in bad))
    if tasks.contract_image(worktree, task) != task.granted:
        raise Conflict(f"{task.contract_path} differs from what was granted", "accept or restore it first (AN109)")
    granted = worktree.store.get(task.granted).decode()
    widened = tasks.grant(worktree, task, contract_file.add_globs(granted, "edit", params.globs))
    context.changed(worktree)
    return ScopeAddResult(contract=widened.contract)


def text(result: ScopeAddResult) -> str:
    return f"task {result.contract.slug} may now edit {', '.join(result.contract.scope.edit)}"
