"""Handle `scope add`: widen the contract file, comments kept."""

from autonav_analysis.contracts import contract_file
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.scope_add import ScopeAddParams, ScopeAddResult
from autonav_server.context import Context
from autonav_server.operations._scope import allowed, refuse_bad_globs, refuse_bad_symbols
from autonav_server.worktree import tasks
from autonav_server.worktree.clock import in_hours


async def run(context: Context, params: ScopeAddParams) -> ScopeAddResult:
    worktree = context.worktree
    task = tasks.required_task(worktree)
    limits = {name: limit for name in contract_file.LIMITS if (limit := getattr(params, name)) is not None}
    if not (params.globs or limits or params.hours):
        raise BadRequest("nothing to add", "name globs, --files, --lines, --minutes, --runs or --hours")
    refuse_bad_globs(params.globs)
    if params.to == "symbols":
        refuse_bad_symbols(params.globs)
    text = contract_file.add_globs(tasks.granted_text(worktree, task), params.to, params.globs)
    text = contract_file.set_limits(text, limits, in_hours(params.hours) if params.hours else "")
    widened = tasks.grant(worktree, task, text)
    context.changed(worktree)
    return ScopeAddResult(contract=widened.contract)


def text(result: ScopeAddResult) -> str:
    return allowed(result.contract)
