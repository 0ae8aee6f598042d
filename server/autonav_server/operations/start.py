"""Handle `start`: freeze the base, write the contract, begin to watch."""

import asyncio
import shlex

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.scope import decide
from autonav_protocol.errors import BadRequest
from autonav_protocol.operation import Surface
from autonav_protocol.operations.start import StartParams, StartResult
from autonav_protocol.settings import Settings
from autonav_protocol.values.change import ChangeKind
from autonav_protocol.values.contract import Budget, Contract, Scope
from autonav_server.context import Context
from autonav_server.grants import agent_environment
from autonav_server.operations._scope import refuse_bad_globs, refuse_bad_symbols
from autonav_server.worktree import tasks
from autonav_server.worktree.clock import in_hours, now
from autonav_server.worktree.configuration import policy
from autonav_server.worktree.expected import Base, Memory, begin
from autonav_server.worktree.worktree import Worktree


def free(context: Context, params: StartParams) -> bool:
    """A start needs no grant while nothing is fenced: it only narrows what is allowed."""
    worktree = context.worktree
    return params.dry_run or (tasks.active_task(worktree) is None and not tasks.is_waiting(worktree))


async def run(context: Context, params: StartParams) -> StartResult:
    worktree = context.worktree
    contract = _contract(worktree, params, context.settings)
    files = await asyncio.to_thread(_files_in_scope, context, worktree, contract)
    if params.dry_run:
        return StartResult(contract=contract, files_in_scope=files)
    context.progress("recording what is yours", None)
    base = await asyncio.to_thread(_begun, worktree, context.trusted(worktree))
    protected = context.settings.protected
    granted = {"policy": policy(worktree.root), "protected": protected}
    task = tasks.begin(worktree, contract, base.to_json(), Memory().to_json(), now(), **granted)
    agent = agent_environment()
    context.record("task.start", {"task": contract.task, "slug": task.slug, "contract": task.granted, "agent": agent})
    if agent or context.surface is not Surface.EDITOR:
        by = f"an agent ({agent})" if agent else f"the {context.surface}"
        context.announce(f"AutoNav: task {task.slug} was started by {by}")
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


def _contract(worktree: Worktree, params: StartParams, settings: Settings) -> Contract:
    globs = (*params.edit, *params.create, *params.never, *params.read_only, *params.generated)
    refuse_bad_globs(globs)
    refuse_bad_symbols(params.symbol)
    if not params.task.strip():
        raise BadRequest("the task is empty", "say in a few words what is to be done")
    return Contract(
        slug=contract_file.slug_of(params.task),
        task=params.task.strip(),
        scope=Scope(params.edit, params.create, params.symbol, params.never, params.read_only, params.generated),
        base=worktree.git.line("rev-parse", "-q", "--verify", "HEAD^{commit}") if worktree.has_git else "",
        validate=tuple(_argv(command) for command in params.validate_with),
        budget=_budget(params, settings),
        expires=in_hours(params.hours) if params.hours else "",
    )


def _budget(params: StartParams, settings: Settings) -> Budget:
    """Return what is asked for, else what the settings give each task; 0 is no limit."""
    files = settings.budget.files if params.files is None else params.files
    lines = settings.budget.lines if params.lines is None else params.lines
    return Budget(files or None, lines or None, params.minutes, params.runs)


def _argv(command: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(command))
    except ValueError as error:
        raise BadRequest(f"`{command}` cannot be split into words: {error}") from error


def _files_in_scope(context: Context, worktree: Worktree, contract: Contract) -> int:
    listed = worktree.git.text("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    protected = context.settings.protected
    return sum(
        decide(contract.scope, protected, path, ChangeKind.MODIFIED).allowed for path in dict.fromkeys(listed) if path
    )
