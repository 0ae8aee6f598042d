"""Handle `explore`: snapshot the working tree, explore it in a process of its own, keep what was found."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

from autonav_analysis.search.questions import sentence
from autonav_protocol.errors import BadRequest, Refused
from autonav_protocol.operations.explore import ExploreParams, ExploreResult
from autonav_protocol.values.contract import Scope
from autonav_server.context import Choices, Context
from autonav_server.evaluation.exploration import explore
from autonav_server.evaluation.messages import Asking, Request
from autonav_server.evaluation.searching import Searching
from autonav_server.exploration import explorations, keeping
from autonav_server.exploration.proof import records
from autonav_server.exploration.requests import request_for
from autonav_server.learning.improving import PROPOSED, due
from autonav_server.operations._questions import numbered, offer_next
from autonav_server.proposer import Caps, Source
from autonav_server.worktree import tasks
from autonav_server.worktree.configuration import proposers

FURTHER = 4
"""How many times its budget a search that goes on gets."""


async def run(context: Context, params: ExploreParams) -> ExploreResult:
    worktree = context.worktree
    if not context.trusted(worktree):
        raise Refused(f"{worktree.root} is not trusted, so its tests are not run", "trust it: autonav trust")
    context.progress("recording the working tree", None)
    tree, base = await asyncio.to_thread(keeping.snapshot, worktree)
    run_id = explorations.resumable(worktree, params.resume) if params.resume else uuid4().hex[:8]
    settings, asking = context.settings, _asking(context) if params.ask else None
    request = await asyncio.to_thread(
        lambda: request_for(
            worktree, settings, run=run_id, tree=base, test=params.test, strategy=params.strategy,
            seed=params.seed, seconds=params.seconds, evaluations=params.evaluations, cpu_seconds=params.cpu_seconds,
            stop_after=params.stop_after, asking=asking,
        )
    )  # fmt: skip
    limit = request.evaluations
    context.record("explore.start", {"run": run_id, "test": params.test, "tree": base})
    with Searching(request.folder), context.searching(worktree, run_id, params.test):
        outcome = await explore(request, lambda each: context.progress(each.message, each.tried / limit))
    found = tuple(await asyncio.to_thread(keeping.kept, worktree, outcome, tree))
    context.record("explore.end", keeping.evidence(run_id, outcome))
    context.found(worktree, run_id, params.test, found)
    await asyncio.to_thread(explorations.collect_garbage, worktree)
    offer_next(context, run_id, outcome.questions, found)
    if not found:
        context.offer(worktree, f"no fix found for {params.test}: {outcome.explanation}", _further(request, params))
    if again := await asyncio.to_thread(_look_again, context):
        context.offer(worktree, again, {"Look whether it was better before": ("self-improve", {})})
    return ExploreResult(
        run=run_id,
        test=params.test,
        evaluations=outcome.evaluations,
        proposals=outcome.proposals,
        seconds=outcome.seconds,
        candidates=found,
        base=outcome.base,
        explanation=outcome.explanation,
        cpu_seconds=outcome.cpu_seconds,
        questions=outcome.questions,
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


def _look_again(context: Context) -> str:
    """Return what asks for another look at settings that self-improve proposed, "" where none is due."""
    proposed, ended = (
        [each for each in records(context.worktree.store, kind) if each.data.get("root") == context.worktree.root]
        for kind in (PROPOSED, "explore.end")
    )
    return due(context.settings, proposed, [each.at for each in ended])


def _further(request: Request, params: ExploreParams) -> Choices:
    """Return how a search that found nothing may go on."""
    asked = {"test": params.test}
    more = {"seconds": FURTHER * request.seconds, "evaluations": FURTHER * request.evaluations}
    more |= {"cpu_seconds": FURTHER * request.cpu_seconds} if request.cpu_seconds else {}
    choices = {"Search further": ("explore", asked | more | {"resume": request.run})}
    if proposers().sources and not params.ask:
        choices["Ask your proposers"] = ("explore", asked | {"ask": True})
    return choices


def text(result: ExploreResult) -> str:
    if not result.candidates:
        return f"none found: {result.explanation}"
    best = result.candidates[0]
    reasons = "".join(f"  {reason}\n" for reason in best.rank_reasons)
    said = f"{result.explanation}\n\n{best.title}\n{reasons}{best.diff}\napply it on a branch: autonav apply {best.id}"
    return "\n".join((said, *_rivals(result)))


def _rivals(result: ExploreResult) -> Iterator[str]:
    """Yield the other candidates, and what only a person can say of them."""
    numbers = numbered(result.candidates)
    if len(numbers) > 1:
        yield ""
        yield from (f"{numbers[each.id]}  {each.id}  {each.title}" for each in result.candidates)
    for number, question in enumerate(result.questions, 1):
        yield f"\n{sentence(question, numbers)}"
        yield f"  without a fix it {question.now}"
        chosen = f"autonav answer {{}} --run {result.run}{f' --question {number}' if number > 1 else ''}"
        yield from (f"  {chosen.format(at)}  # {each.outcome}" for at, each in enumerate(question.answers, 1))


def exit_code(params: ExploreParams, result: ExploreResult) -> int:
    """Return 1 when nothing was found."""
    return 0 if result.candidates else 1
