"""Handle `explore`: snapshot the working tree, explore it in a process of its own, keep what was found."""

import asyncio
from uuid import uuid4

from autonav_protocol.errors import BadRequest, Refused
from autonav_protocol.operations.explore import ExploreParams, ExploreResult
from autonav_protocol.values.contract import Scope
from autonav_server.context import Context
from autonav_server.evaluation.exploration import explore
from autonav_server.evaluation.messages import Asking, Request
from autonav_server.exploration import explorations, keeping
from autonav_server.proposer import Caps, Source
from autonav_server.worktree import tasks
from autonav_server.worktree.configuration import proposers
from autonav_server.worktree.snapshot import private_git


async def run(context: Context, params: ExploreParams) -> ExploreResult:
    worktree = context.worktree
    if not context.trusted(worktree):
        raise Refused(f"{worktree.root} is not trusted, so its tests are not run", "trust it: autonav trust")
    settings = context.settings.explore
    context.progress("recording the working tree", None)
    tree, base = await asyncio.to_thread(keeping.snapshot, worktree)
    run_id = explorations.resumable(worktree, params.resume) if params.resume else uuid4().hex[:8]
    request = Request(
        root=worktree.root,
        environment=dict(private_git(worktree, run_filters=True).environment),
        tree=base,
        test=params.test,
        run=run_id,
        seconds=params.seconds or settings.seconds,
        evaluations=params.evaluations or settings.evaluations,
        workers=settings.workers,
        sandbox=context.settings.sandbox.backend,
        interpreter=context.settings.python.interpreter,
        required=context.settings.sandbox.require,
        test_seconds=settings.test_seconds,
        stop_after=params.stop_after,
        strategy=params.strategy,
        seed=params.seed,
        folder=explorations.folder(worktree, run_id),
        asking=_asking(context) if params.ask else None,
    )
    limit = request.evaluations
    context.record("explore.start", {"run": run_id, "test": params.test, "tree": base})
    outcome = await explore(request, lambda each: context.progress(each.message, each.tried / limit))
    found = tuple(await asyncio.to_thread(keeping.kept, worktree, outcome, tree))
    context.record("explore.end", keeping.evidence(run_id, outcome))
    context.found(worktree, run_id, params.test, found)
    return ExploreResult(
        run=run_id,
        test=params.test,
        evaluations=outcome.evaluations,
        proposals=outcome.proposals,
        seconds=outcome.seconds,
        candidates=found,
        base=outcome.base,
        explanation=outcome.explanation,
    )


def _asking(context: Context) -> Asking:
    """Return whom to ask, by the person's own settings, and what the active task allows."""
    told = proposers()
    if not told.sources:
        raise BadRequest("no proposer is set", "name one under [proposers] in your own config.toml")
    task = tasks.active_task(context.worktree)
    scope = task.contract.scope if task else Scope(edit=("**",))
    sources = tuple(Source(**each.model_dump()) for each in told.sources)
    anchor = task.contract.task if task else ""
    return Asking(sources, Caps(told.calls, told.tokens, told.seconds), scope, context.settings.protected, anchor)


def text(result: ExploreResult) -> str:
    if not result.candidates:
        return f"none found: {result.explanation}"
    best = result.candidates[0]
    return f"{result.explanation}\n\n{best.title}\n{best.diff}\napply it on a branch: autonav apply {best.id}"


def exit_code(params: ExploreParams, result: ExploreResult) -> int:
    """Return 1 when nothing was found."""
    return 0 if result.candidates else 1
