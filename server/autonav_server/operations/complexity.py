"""Handle `complexity`: measure files, most complex function first."""

import asyncio
import os

from autonav_analysis.complexity.measure import measure
from autonav_analysis.complexity.percentiles import with_percentiles
from autonav_analysis.syntax.grammars import GrammarUnavailable, language_for, load
from autonav_protocol.errors import NotFound
from autonav_protocol.operations.complexity import ComplexityParams, ComplexityResult
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_server.context import Context
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.worktree import Worktree

SIZE_LIMIT = 5_000_000


async def run(context: Context, params: ComplexityParams) -> ComplexityResult:
    return await asyncio.to_thread(_measured, context, params)


def text(result: ComplexityResult) -> str:
    rows = [f"{'cognitive':>9} {'cyclomatic':>10} {'nesting':>7} {'percentile':>10}  function"]
    for each in result.functions:
        rank = f"{each.percentile:.0%}" if each.percentile is not None else ""
        place = f"{each.path}:{each.line} {each.name}"
        rows.append(f"{each.cognitive:>9} {each.cyclomatic:>10} {each.nesting:>7} {rank:>10}  {place}")
    return "\n".join([*rows, *(f"not measured: {each}" for each in result.problems)])


def _measured(context: Context, params: ComplexityParams) -> ComplexityResult:
    worktree = context.worktree
    found: list[FunctionComplexity] = []
    problems: list[str] = []
    paths = listed_files(worktree, params.paths)
    for number, path in enumerate(paths):
        if number % 200 == 0:
            context.progress(f"measured {number} of {len(paths)} files", number / max(1, len(paths)))
        found += _one(worktree, path, problems, named=path in params.paths)
    ranked = sorted(
        with_percentiles(tuple(found)), key=lambda each: (-each.cognitive, -each.cyclomatic, each.path, each.line)
    )
    kept = [each for each in ranked if each.cognitive >= params.at_least][: params.top]
    return ComplexityResult(functions=tuple(kept), problems=tuple(problems))


def _one(worktree: Worktree, path: str, problems: list[str], *, named: bool) -> tuple[FunctionComplexity, ...]:
    language = language_for(path)
    if language is None:
        if named:
            problems.append(f"{path}: no language for this file")
        return ()
    absolute = worktree.path(path)
    try:
        if os.path.getsize(absolute) > SIZE_LIMIT:
            problems.append(f"{path}: larger than {SIZE_LIMIT:,} bytes")
            return ()
        with open(absolute, "rb") as file:
            source = file.read()
        return measure(path, source, load(language))
    except FileNotFoundError as error:
        if named:
            raise NotFound(f"{path} does not exist") from error
        return ()
    except (OSError, GrammarUnavailable) as error:
        problems.append(f"{path}: {error}")
        return ()
