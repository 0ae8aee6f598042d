"""Handle `replay`: recorded runs of this repository, each re-decided in a worker process."""

import asyncio
from collections.abc import Iterator, Sequence
from statistics import geometric_mean

from autonav_analysis.findings import counted
from autonav_analysis.learning.replaying import recorded, spent
from autonav_analysis.routing.score import decision
from autonav_protocol.errors import BadRequest, NotFound
from autonav_protocol.operations.replay import ReplayedRoutes, ReplayedRun, ReplayParams, ReplayResult
from autonav_protocol.values.learning import Replayed, RunRecord
from autonav_server.context import Context
from autonav_server.evaluation.replays import Replay, replays
from autonav_server.exploration.proof import ROUTED, records
from autonav_server.learning.records import project_of, read, tree_and_test
from autonav_server.learning.tuning import tuning_of, with_values
from autonav_server.worktree.worktree import Worktree

WORKERS = "explore.workers"


async def run(context: Context, params: ReplayParams) -> ReplayResult:
    worktree = context.worktree
    if any(each.partition("=")[0] == WORKERS for each in params.set):
        raise BadRequest(f"{WORKERS} decides the time that a search takes, which no record can tell")
    settings = with_values(context.settings, params.set)
    kept = await asyncio.to_thread(lambda: read(project_of(worktree)))
    chosen = _chosen(kept.records, params.runs)
    tuning, count = tuning_of(settings), len(chosen)
    asked = [
        *(Replay(each, each.tuning) for each in chosen),
        *(Replay(each, tuning, params.strategy) for each in chosen),
    ]
    found = await replays(asked, context.progress)
    rows = list(zip(chosen, found[:count], found[count:], strict=True))
    ratios = [ratio for row in rows if (ratio := _ratio(*row)) is not None]
    return ReplayResult(
        runs=tuple(_row(*row, params.strategy) for row in rows),
        ratio=geometric_mean(ratios) if ratios else None,
        answered=len(ratios),
        unanswered=count - len(ratios),
        routes=_routes(worktree, settings.route.threshold),
        skipped=kept.skipped,
    )


def text(result: ReplayResult) -> str:
    return "\n".join(_lines(result))


def _lines(result: ReplayResult) -> Iterator[str]:
    if result.runs:
        yield f"{'run':<8} {'recorded':>8} {'own':>8} {'replayed':>8}  test"
    for each in result.runs:
        why = f"  ({each.why})" if each.why else ""
        counts = " ".join(f"{_count(count):>8}" for count in (each.recorded, each.own, each.replayed))
        yield f"{each.run} {counts}  {each.test}{why}"
    if result.ratio is not None:
        of = counted(result.answered, "run")
        yield f"{result.ratio:.2f} times the cost under their own settings, as the geometric mean of {of}"
    if result.unanswered:
        others = ", so the mean is of the others alone" if result.answered else ""
        yield f"{counted(result.unanswered, 'run')} could not be answered{others}"
    if not result.runs:
        yield "no runs are recorded; each autonav explore leaves one"
    routes = result.routes
    if routes.recorded:
        said = f"{routes.otherwise} of {counted(routes.recorded, 'recorded route')} would be decided otherwise"
        yield f"{said} with a threshold of {routes.threshold:g}"
    yield from (f"not read: {each}" for each in result.skipped)


def _count(evaluations: int | None) -> str:
    return "-" if evaluations is None else str(evaluations)


def _chosen(kept: Sequence[RunRecord], runs: Sequence[str]) -> list[RunRecord]:
    known = {each.run: each for each in kept}
    if missing := [each for each in runs if each not in known]:
        raise NotFound(f"no run {', '.join(missing)} is recorded of this repository", "autonav replay lists them")
    return [known[each] for each in runs] or list(kept)


def _ratio(record: RunRecord, own: Replayed, other: Replayed) -> float | None:
    was, would_be = (spent(each, record.evaluations) for each in (own, other))
    return None if was is None or would_be is None else would_be / was


def _row(record: RunRecord, own: Replayed, other: Replayed, strategy: str | None) -> ReplayedRun:
    return ReplayedRun(
        record.run, tree_and_test(record.task)[1], record.at, strategy or record.strategy,
        recorded(record).evaluations, own.evaluations, other.evaluations, other.cpu_seconds, other.known,
        other.why or own.why,
    )  # fmt: skip


def _routes(worktree: Worktree, threshold: float) -> ReplayedRoutes:
    told = [each.data for each in records(worktree.store, ROUTED)]
    otherwise = sum(
        decision(each["lower"], threshold, each["signals"])
        != decision(each["lower"], each["threshold"], each["signals"])
        for each in told
    )
    return ReplayedRoutes(threshold, len(told), otherwise)
