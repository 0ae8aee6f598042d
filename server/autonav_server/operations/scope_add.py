"""Handle `scope add`: widen the contract file, comments kept."""

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import problems
from autonav_analysis.contracts.scope import SEPARATOR
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.scope_add import ScopeAddParams, ScopeAddResult
from autonav_server.context import Context
from autonav_server.worktree import tasks
from autonav_server.worktree.clock import in_hours


async def run(context: Context, params: ScopeAddParams) -> ScopeAddResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    limits = {name: limit for name in ("files", "lines") if (limit := getattr(params, name)) is not None}
    if not (params.globs or limits or params.hours):
        raise BadRequest("nothing to add", "name globs, --files, --lines or --hours")
    if bad := problems(params.globs):
        raise BadRequest("; ".join(f"`{each.glob}` {each.reason}" for each in bad))
    if params.to == "symbols" and (unnamed := [each for each in params.globs if not all(each.partition(SEPARATOR))]):
        raise BadRequest(f"`{unnamed[0]}` is no symbol", "write PATH::NAME, as in src/x.py::Class.method")
    text = contract_file.add_globs(tasks.granted_text(worktree, task), params.to, params.globs)
    text = contract_file.set_limits(text, limits, in_hours(params.hours) if params.hours else "")
    widened = tasks.grant(worktree, task, text)
    context.changed(worktree)
    return ScopeAddResult(contract=widened.contract)


def text(result: ScopeAddResult) -> str:
    return f"task {result.contract.slug} may now edit {', '.join(result.contract.scope.edit) or 'nothing'}"
