"""Handle `self-improve`: replay what is recorded under other settings, and show what the evidence supports."""

import asyncio
from collections.abc import Sequence

from autonav_analysis.findings import counted
from autonav_analysis.learning.evidence import page, sentence
from autonav_analysis.learning.improvement import Challenger, Row, improvement
from autonav_protocol.errors import NotFound, Refused
from autonav_protocol.operations.self_improve import SelfImproveParams, SelfImproveResult
from autonav_protocol.values.learning import RunRecord
from autonav_protocol.values.trial import Pair
from autonav_server.context import Context
from autonav_server.evaluation.outcome import unified_diff
from autonav_server.exploration.paired import Budget, explorable, live_pairs
from autonav_server.exploration.proof import records as ledger_records
from autonav_server.learning.improving import PROPOSED, arms, replayed_rows
from autonav_server.learning.proposing import Change, before_of, change, written
from autonav_server.learning.records import project_of, read
from autonav_server.learning.tuning import with_values
from autonav_server.worktree.clock import now


async def run(context: Context, params: SelfImproveParams) -> SelfImproveResult:
    worktree, settings = context.worktree, context.settings
    if params.live and not context.trusted(worktree):
        raise Refused(f"{worktree.root} is not trusted, so its tests are not run", "trust it: autonav trust")
    kept = await asyncio.to_thread(read)
    if not kept.records:
        raise NotFound("no exploration is recorded on this machine yet", "autonav explore leaves a record")
    earlier = [each for each in ledger_records(worktree.store, PROPOSED) if each.data.get("root") == worktree.root]
    tried = arms(settings, kept.records, earlier)
    rows, left_out = await replayed_rows(settings, kept.records, tried.replayable, params.seconds, context.progress)
    left_out = [*kept.skipped, *tried.left_out, *left_out]
    if params.live:
        live, problems = await _live_rows(context, kept.records, tried.live, params.seconds)
        rows, left_out = [*rows, *live], [*left_out, *problems]
    else:
        left_out += [f"{' '.join(each.sets)}: no record can tell; --live explores" for each in tried.live]
    found = improvement(rows, [*tried.replayable, *(tried.live if params.live else ())])
    before = before_of(settings, found.sets)
    runs, projects = len(rows), len({each.project for each in rows})
    changed = await asyncio.to_thread(change, worktree, found.sets if found.proposed else ())
    evidence = page(found, before, _diff(changed), runs, projects, left_out)
    proposal, shown = await asyncio.to_thread(written, worktree, changed, evidence)
    if found.proposed:
        context.record(PROPOSED, {"sets": list(found.sets), "before": list(before), "explanation": sentence(found)})
    result = SelfImproveResult(
        improvement=found,
        explanation=sentence(found),
        root=worktree.root,
        path=changed.path,
        text=changed.after if found.proposed else "",
        diff=_diff(changed),
        proposal=str(proposal) if found.proposed else "",
        evidence=str(shown),
        runs=runs,
        projects=projects,
        left_out=tuple(left_out),
    )
    context.proposed(str(shown))
    return result


def text(result: SelfImproveResult) -> str:
    seen = f"{counted(result.runs, 'run')} of {counted(result.projects, 'project')}"
    said = f"{result.explanation}\n{seen}; evidence: {result.evidence}"
    return f"{said}\n\n{result.diff}" if result.diff else said


def exit_code(params: SelfImproveParams, result: SelfImproveResult) -> int:
    """Return 1 when nothing is proposed."""
    return 0 if result.improvement.proposed else 1


async def _live_rows(
    context: Context, records: Sequence[RunRecord], challengers: Sequence[Challenger], seconds: float
) -> tuple[list[Row], list[str]]:
    """Explore this repository's recorded tasks under each challenger and the settings in force, in turn."""
    worktree = context.worktree
    project = await asyncio.to_thread(project_of, worktree)
    mine = [each for each in records if each.project == project]
    tasks = await asyncio.to_thread(explorable, worktree, mine)
    rows, problems, at = list[Row](), list[str](), now()
    for each in challengers:
        other = with_values(context.settings, each.sets)
        budget = Budget(seconds / len(challengers))
        async for found in live_pairs(context, tasks, context.settings, other, each.measure, budget):
            if isinstance(found, Pair):
                rows.append(Row(project, found.task, at, {each.sets: found}))
            else:
                problems.append(found)
    return rows, problems


def _diff(changed: Change) -> str:
    return unified_diff(changed.path, changed.before.encode(), changed.after.encode())
