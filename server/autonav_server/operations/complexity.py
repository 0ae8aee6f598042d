"""Handle `complexity`: measure files, most complex function first, or what a branch made harder."""

import asyncio
from collections.abc import Iterable
from threading import Event

from autonav_analysis.audit.hearing import heard
from autonav_analysis.complexity.growth import growth
from autonav_analysis.complexity.measure import measure
from autonav_analysis.complexity.percentiles import with_percentiles
from autonav_analysis.findings import finding_line, reaches
from autonav_analysis.judging import judge
from autonav_analysis.syntax.grammars import GrammarUnavailable, language_for, load
from autonav_protocol.errors import Cancelled
from autonav_protocol.operations.complexity import ComplexityParams, ComplexityResult
from autonav_protocol.values.change import FileChange
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_protocol.values.finding import Finding
from autonav_server.context import Context
from autonav_server.operations._reports import REPORTS
from autonav_server.worktree.comparison import blob, merge_base
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.measures import measures
from autonav_server.worktree.rescan import changes_since
from autonav_server.worktree.worktree import Worktree

FORMATS = REPORTS


async def run(context: Context, params: ComplexityParams) -> ComplexityResult:
    stopped = Event()
    try:
        return await asyncio.to_thread(_measured, context, params, stopped)
    finally:
        stopped.set()


def text(result: ComplexityResult) -> str:
    rows = [f"{'cognitive':>9} {'cyclomatic':>10} {'nesting':>7} {'lines':>5} {'percentile':>10}  function"]
    for each in result.functions:
        rank = f"{each.percentile:.0%}" if each.percentile is not None else ""
        values = f"{each.cognitive:>9} {each.cyclomatic:>10} {each.nesting:>7} {each.lines:>5} {rank:>10}"
        rows.append(f"{values}  {each.path}:{each.line} {each.name}")
    rows += [finding_line(each) for each in result.findings]
    return "\n".join([*rows, *(f"not measured: {each}" for each in result.problems)])


def exit_code(params: ComplexityParams, result: ComplexityResult) -> int:
    """Return 1 when a function is above `over`, or a finding at or above `fail_on`."""
    above = params.over is not None and any(each.cognitive > params.over for each in result.functions)
    return int(above or reaches(result.findings, params.fail_on))


def _measured(context: Context, params: ComplexityParams, stopped: Event) -> ComplexityResult:
    worktree = context.worktree

    def report(said: str, share: float | None) -> None:
        if stopped.is_set():
            raise Cancelled("cancelled")
        context.progress(said, share)

    left = merge_base(worktree, params.diff) if params.diff else ""
    files = _changed(context, left) if left else None
    paths = [each for each in listed_files(worktree, params.paths) if files is None or each in files]
    taken = measures(worktree, paths, profile=params.profile, report=report)
    problems = [*taken.problems]
    problems += [
        f"{each}: no language for this file" for each in paths if each in params.paths and not language_for(each)
    ]
    ranked = sorted(
        with_percentiles(taken.functions), key=lambda each: (-each.cognitive, -each.cyclomatic, each.path, each.line)
    )
    kept = [each for each in ranked if each.cognitive >= params.at_least][: params.top]
    findings = _grown(worktree, left, files, taken.functions, params.profile) if files is not None else ()
    findings = heard(findings, context.settings.rules).findings
    return ComplexityResult(functions=tuple(kept), findings=findings, problems=tuple(problems))


def _changed(context: Context, left: str) -> dict[str, FileChange]:
    worktree = context.worktree
    with worktree.alone():
        changed = changes_since(worktree, left, run_filters=context.trusted(worktree))
    return {each.path: each for each in changed}


def _grown(
    worktree: Worktree, left: str, files: Iterable[str], after: Iterable[FunctionComplexity], profile: str
) -> tuple[Finding, ...]:
    before = [each for path in files for each in _at(worktree, left, path, profile)]
    found = (finding for change in growth(before, after) for finding in judge(change))
    return tuple(sorted(found, key=lambda each: (each.path, each.line)))


def _at(worktree: Worktree, commit: str, path: str, profile: str) -> tuple[FunctionComplexity, ...]:
    language = language_for(path)
    if language is None:
        return ()
    try:
        return measure(path, blob(worktree, commit, path), load(language), profile=profile, increments=False)
    except (FileNotFoundError, GrammarUnavailable):
        return ()
