"""Handle `simplify`: snapshot the working tree, simplify in a process of its own, keep what came of it."""

import asyncio
import os
from uuid import uuid4

from autonav_protocol.errors import BadRequest, Refused
from autonav_protocol.operations.simplify import SimplifyParams, SimplifyResult
from autonav_server.context import Context
from autonav_server.evaluation.exploration import simplify
from autonav_server.evaluation.messages import SimplifyRequest
from autonav_server.exploration import keeping
from autonav_server.worktree.snapshot import private_git


async def run(context: Context, params: SimplifyParams) -> SimplifyResult:
    worktree = context.worktree
    if not context.trusted(worktree):
        raise Refused(f"{worktree.root} is not trusted, so its tests are not run", "trust it: autonav trust")
    function = params.function if params.function is not None else params.line
    if function is None:
        raise BadRequest("no function is named", "name it, or a line in it: --function NAME, --line N")
    settings = context.settings
    tree, base = await asyncio.to_thread(keeping.snapshot, worktree)
    run_id = uuid4().hex[:8]
    request = SimplifyRequest(
        root=worktree.root,
        environment=dict(private_git(worktree, run_filters=True).environment),
        tree=base,
        run=run_id,
        path=worktree.relative(os.path.join(worktree.root, params.path)),
        function=function,
        constructed_only=params.constructed_only,
        seconds=params.seconds or settings.explore.seconds,
        evaluations=params.evaluations or settings.explore.evaluations,
        workers=settings.explore.workers,
        sandbox=settings.sandbox.backend,
        required=settings.sandbox.require,
        interpreter=settings.python.interpreter,
        test_seconds=settings.explore.test_seconds,
    )
    context.record("simplify.start", {"run": run_id, "path": request.path, "function": function, "tree": base})
    outcome = await simplify(request, lambda each: context.progress(each.message, None))
    found = tuple(await asyncio.to_thread(keeping.kept, worktree, outcome, tree))
    context.record("simplify.end", keeping.evidence(run_id, outcome))
    context.found(worktree, run_id, "", found)
    return SimplifyResult(
        run=run_id,
        candidates=found,
        evaluations=outcome.evaluations,
        seconds=outcome.seconds,
        explanation=outcome.explanation,
    )


def text(result: SimplifyResult) -> str:
    if not result.candidates:
        return result.explanation
    best = result.candidates[0]
    said = "\n".join((best.title, *(f"  {reason}" for reason in best.rank_reasons), best.diff))
    then = (
        f"apply it on a branch: autonav apply {best.id}" if best.verified else "a suggestion; it is not applied for you"
    )
    return f"{said}\n{then}"


def exit_code(params: SimplifyParams, result: SimplifyResult) -> int:
    """Return 1 when nothing was worth it."""
    return 0 if result.candidates else 1
