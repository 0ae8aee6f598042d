"""Pairs of costs of two settings: from records, by replay, and from explorations that really run."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Literal, NamedTuple
from uuid import uuid4

from autonav_analysis.learning.pairs import pair_of
from autonav_analysis.learning.trials import Measure, censored, known, unanswered
from autonav_protocol.errors import BadRequest, NotFound, Unavailable
from autonav_protocol.settings import Settings
from autonav_protocol.values.learning import RunRecord, Tuning
from autonav_protocol.values.trial import Cost, Pair
from autonav_server.context import Context
from autonav_server.evaluation.exploration import explore
from autonav_server.evaluation.messages import Outcome, Request
from autonav_server.evaluation.pool import Pool
from autonav_server.evaluation.searching import Searching, is_stopped
from autonav_server.exploration import keeping
from autonav_server.exploration.requests import request_for
from autonav_server.learning.records import tree_and_test
from autonav_server.worktree.snapshot import private_git
from autonav_server.worktree.worktree import Worktree

Found = Pair | str
"""A pair, or why there is none."""


class Budget(NamedTuple):
    """No pair begins after so many seconds in all, and each run tries so many candidates; None for what settings say."""

    seconds: float | None = None
    evaluations: int | None = None


async def replayed_pairs(records: Sequence[RunRecord], a: Tuning, b: Tuning, *, workers: int) -> AsyncGenerator[Found]:
    """Yield what became of each record, in their order, replayed in worker processes; leaving off ends these at once."""
    pool = Pool(workers, repeatable=(pair_of,))
    try:
        waiting = [asyncio.wrap_future(pool.submit(pair_of, each, a, b)) for each in records]
        for record, each in zip(records, waiting, strict=True):
            yield await each or f"{record.run} was made by another version of the search or the rewrites"
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def explorable(worktree: Worktree, records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the last record of each task whose tree is still known here, newest first."""
    latest = {each.task: each for each in records}
    trees = sorted({tree_and_test(task)[0] for task in latest})
    told = private_git(worktree).text("cat-file", "--batch-check", stdin="\n".join(trees).encode()).splitlines()
    here = {tree for tree, said in zip(trees, told, strict=True) if said.startswith(f"{tree} tree ")}
    newest = sorted(latest.values(), key=lambda each: each.at, reverse=True)
    return [each for each in newest if tree_and_test(each.task)[0] in here]


async def live_pairs(
    context: Context, tasks: Sequence[RunRecord], a: Settings, b: Settings, measure: Measure, budget: Budget
) -> AsyncGenerator[Found]:
    """Explore each task under both settings, with the recorded strategy and seed, and yield what became of it.

    Which goes first alternates. Each run is recorded like any other; nothing that it finds is offered.
    """
    until = time.monotonic() + budget.seconds if budget.seconds else None
    for number, task in enumerate(tasks):
        if until is not None and time.monotonic() >= until:
            return
        sides: list[tuple[Literal["a", "b"], Settings]] = [("a", a), ("b", b)]
        costs: dict[str, Cost] = {}
        try:
            for name, settings in sides if number % 2 == 0 else reversed(sides):
                label = f"pair {number + 1} of {len(tasks)}, {name}"
                costs[name] = await _explored(context, task, settings, measure, budget, label, number / len(tasks))
        except (BadRequest, NotFound, Unavailable) as error:
            yield f"{tree_and_test(task.task)[1]}: {error.message}"
            continue
        yield Pair(task.task, costs["a"], costs["b"])


def cost_of(outcome: Outcome, request: Request, measure: Measure, *, stopped: bool) -> Cost:
    """Return what an exploration up to its first verified candidate spent."""
    if measure == "seconds":
        return known(outcome.seconds) if outcome.candidates else censored(request.seconds)
    if outcome.candidates:
        return known(max(1, outcome.evaluations))
    cpu_is_spent = request.cpu_seconds is not None and outcome.cpu_seconds >= request.cpu_seconds
    cut = stopped or cpu_is_spent or outcome.seconds >= request.seconds
    if cut and outcome.evaluations < request.evaluations:
        return unanswered(outcome.evaluations, request.evaluations)
    return censored(request.evaluations)


async def _explored(
    context: Context, task: RunRecord, settings: Settings, measure: Measure, budget: Budget, label: str, share: float
) -> Cost:
    worktree, run = context.worktree, uuid4().hex[:8]
    tree, test = tree_and_test(task.task)
    request = await asyncio.to_thread(
        lambda: request_for(
            worktree, settings, run=run, tree=tree, test=test, strategy=task.strategy, seed=task.seed,
            evaluations=budget.evaluations, stop_after=1,
        )
    )  # fmt: skip
    context.record("explore.start", {"run": run, "test": test, "tree": tree})
    with Searching(request.folder), context.searching(worktree, run, test):
        outcome = await explore(request, lambda each: context.progress(f"{label}: {each.message}", share))
    context.record("explore.end", keeping.evidence(run, outcome))
    return cost_of(outcome, request, measure, stopped=is_stopped(request.folder))
