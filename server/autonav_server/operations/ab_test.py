"""Handle `ab-test`: pairs of costs of two settings, by replay or live, and what they show."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from autonav_analysis.findings import counted
from autonav_analysis.learning.trials import ALPHA, Measure, any_time, fixed
from autonav_protocol.errors import BadRequest, NotFound, Refused
from autonav_protocol.operations.ab_test import AbTestParams, AbTestResult
from autonav_protocol.settings import Settings
from autonav_protocol.values.trial import Pair, Trial
from autonav_server.context import Context
from autonav_server.exploration.paired import Budget, Found, explorable, live_pairs, replayed_pairs
from autonav_server.learning.records import project_of, read
from autonav_server.learning.tuning import tunables, tuning_of, with_values

SHOWN = 3
"""How many of the tasks that were left out are named in the text."""


async def run(context: Context, params: AbTestParams) -> AbTestResult:
    a, b = (with_values(context.settings, values) for values in (params.a, params.b))
    measure = _measure(params, a, b)
    worktree = context.worktree
    if params.live and not context.trusted(worktree):
        raise Refused(f"{worktree.root} is not trusted, so its tests are not run", "trust it: autonav trust")
    project = None if params.everywhere else await asyncio.to_thread(project_of, worktree)
    kept = await asyncio.to_thread(read, project)
    records = await asyncio.to_thread(explorable, worktree, kept.records) if params.live else kept.records
    if not records:
        raise NotFound("no exploration is recorded that could be compared here", "autonav explore leaves a record")
    if params.live:
        budget = Budget(params.seconds, params.evaluations)
        found = live_pairs(context, records, a, b, measure, budget)
    else:
        found = replayed_pairs(records, tuning_of(a), tuning_of(b), workers=a.explore.workers)
    pairs, skipped = await _seen(context, found, params, measure, len(records))
    trial = _trial(pairs, params, measure)
    told = AbTestResult(
        a=params.a, b=params.b, live=params.live, trial=trial, pairs=tuple(pairs), skipped=(*kept.skipped, *skipped)
    )
    if params.live:
        context.record("ab-test", told.model_dump(mode="json", exclude={"pairs"}))
    return told


def _measure(params: AbTestParams, a: Settings, b: Settings) -> Measure:
    """Return what is compared; raise BadRequest where that is nothing, or no record could tell."""
    workers = a.explore.workers != b.explore.workers
    if not workers and tuning_of(a) == tuning_of(b):
        names = ", ".join(name for name in tunables() if name.startswith("explore."))
        raise BadRequest("a and b search in the same way", f"let them differ in {names}")
    if workers and not params.live:
        raise BadRequest("no record can tell what another number of workers would take", "--live")
    if params.live and params.everywhere:
        raise BadRequest("only this repository's tasks can be explored here", "leave --everywhere or --live out")
    if not params.live and (params.seconds or params.evaluations):
        raise BadRequest(
            "a replay has the budget of its record", "leave --seconds and --evaluations out, or add --live"
        )
    return "seconds" if workers else "evaluations"


async def _seen(
    context: Context, found: AsyncGenerator[Found], params: AbTestParams, measure: Measure, most: int
) -> tuple[list[Pair], list[str]]:
    """Return the pairs, and why others are none; live, no more are run than it takes."""
    pairs, skipped = list[Pair](), list[str]()
    async with aclosing(found) as each_found:
        async for each in each_found:
            if isinstance(each, Pair):
                pairs.append(each)
            else:
                skipped.append(each)
            so_far = _trial(pairs, params, measure)
            done = len(pairs) + len(skipped)
            context.progress(f"{done} of {most} compared{_ratio(so_far)}", done / most)
            if params.live and (so_far.better or so_far.tasks == params.fixed):
                break
    return pairs, skipped


def _trial(pairs: list[Pair], params: AbTestParams, measure: Measure) -> Trial:
    return any_time(pairs, measure) if params.fixed is None else fixed(pairs, params.fixed, measure)


def _ratio(trial: Trial) -> str:
    return f", b costs {trial.ratio:.2f} times what a does" if trial.ratio else ""


def text(result: AbTestResult) -> str:
    trial = result.trial
    lines = [f"a: {', '.join(result.a) or 'the settings in force'}", f"b: {', '.join(result.b)}", _interval(trial)]
    of = f"{counted(trial.pairs, 'pair')} of {'runs' if result.live else 'replays'} on {counted(trial.tasks, 'task')}"
    lines.append(f"{of}; {trial.censored} spent a budget, {trial.unanswered} known between bounds alone")
    lines.append(_said(trial))
    if trial.unanswered and not trial.better and not result.live:
        lines.append("a record knows what its own search tried; --live runs both")
    lines += [f"left out: {each}" for each in result.skipped[:SHOWN]]
    if len(result.skipped) > SHOWN:
        lines.append(f"left out: {len(result.skipped) - SHOWN} more")
    return "\n".join(lines)


def _interval(trial: Trial) -> str:
    what = f"the {trial.measure} of a"
    unbounded = trial.low is None or trial.high is None
    between = "nothing bounds it yet" if unbounded else f"between {trial.low:.2f} and {trial.high:.2f}"
    if trial.ratio is not None:
        return f"b costs {trial.ratio:.2f} times {what}; {between}"
    return f"how many times {what} b costs: {between}"


def _said(trial: Trial) -> str:
    evidence = f" (evidence {trial.evidence:.3g}; {1 / ALPHA:.0f} are asked for)" if trial.evidence is not None else ""
    if trial.better:
        return f"{trial.better} costs less{evidence}"
    return f"the data cannot support a claim: {trial.why}{evidence}"
