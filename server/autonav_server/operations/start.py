"""Handle `start`: freeze the base, write the contract, begin to watch."""

import asyncio

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import problems
from autonav_analysis.contracts.scope import decide
from autonav_protocol.errors import BadRequest, Conflict
from autonav_protocol.operations.start import StartParams, StartResult
from autonav_protocol.values.change import ChangeKind
from autonav_protocol.values.contract import Contract, Scope
from autonav_server.context import Context
from autonav_server.grants import agent_environment
from autonav_server.ledger.chain import now
from autonav_server.worktree import tasks
from autonav_server.worktree.expected import Base, Memory, begin
from autonav_server.worktree.worktree import Worktree


def free(context: Context, params: StartParams) -> bool:
    """A start needs no grant while nothing is fenced: it only narrows what is allowed."""
    return params.dry_run or tasks.active_task(context.worktree) is None


async def run(context: Context, params: StartParams) -> StartResult:
    worktree = context.worktree
    contract = _contract(worktree, params)
    files = await asyncio.to_thread(_files_in_scope, context, worktree, contract)
    if params.dry_run:
        return StartResult(contract=contract, files_in_scope=files)
    if active := tasks.active_task(worktree):
        raise Conflict(f"task {active.slug} is active", "finish it first: autonav finish")
    context.progress("recording what is yours", None)
    base = await asyncio.to_thread(_begun, worktree, context.trusted(worktree))
    task = tasks.begin(worktree, contract, base.to_json(), Memory().to_json(), now())
    context.record(
        "task.start",
        {"task": contract.task, "slug": task.slug, "contract": task.granted, "agent": agent_environment()},
    )
    context.changed(worktree)
    return StartResult(contract=task.contract, path=task.contract_path, files_in_scope=files)


def _begun(worktree: Worktree, trusted: bool) -> Base:
    with worktree.alone():
        return begin(worktree, trusted)


def text(result: StartResult) -> str:
    scope = result.contract.scope
    globs = ", ".join(scope.edit) or "nothing"
    head = f"task {result.contract.slug}: may edit {globs} ({result.files_in_scope} files now)"
    return f"{head}\ncontract: {result.path}" if result.path else head


def _contract(worktree: Worktree, params: StartParams) -> Contract:
    scope = Scope(edit=params.edit, create=params.create, never=params.never)
    if bad := problems((*params.edit, *params.create, *params.never)):
        raise BadRequest("; ".join(f"`{each.glob}` {each.reason}" for each in bad))
    if not params.task.strip():
        raise BadRequest("the task is empty", "say in a few words what is to be done")
    base = worktree.git.line("rev-parse", "-q", "--verify", "HEAD^{commit}") if worktree.has_git else ""
    return Contract(contract_file.slug_of(params.task), params.task.strip(), scope, base)


def _files_in_scope(context: Context, worktree: Worktree, contract: Contract) -> int:
    listed = worktree.git.text("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    protected = context.settings.protected
    return sum(
        decide(contract.scope, protected, path, ChangeKind.MODIFIED).allowed for path in dict.fromkeys(listed) if path
    )
