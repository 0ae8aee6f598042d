"""Handle `review mark`: keep what a person has read, by the content of the hunks."""

import asyncio
import re
from collections.abc import Sequence

from autonav_analysis.changes.hunks import covers
from autonav_analysis.reviewing import Place, places
from autonav_protocol.errors import NotFound
from autonav_protocol.operations.review_mark import ReviewMarkParams, ReviewMarkResult
from autonav_server.auditing.texts import audited_files
from autonav_server.context import Context
from autonav_server.grants import demand_person
from autonav_server.operations._reviews import seen_change
from autonav_server.worktree import reviews
from autonav_server.worktree.clock import now

LINE = re.compile(r"(.+):(\d+)")


async def run(context: Context, params: ReviewMarkParams) -> ReviewMarkResult:
    demand_person(context.surface, "what was reviewed")
    return await asyncio.to_thread(_mark, context, params)


def text(result: ReviewMarkResult) -> str:
    return f"{result.reviewed:,} of {result.hunks:,} hunks are reviewed"


def _mark(context: Context, params: ReviewMarkParams) -> ReviewMarkResult:
    worktree, change = context.worktree, seen_change(context, params.base).change
    known = places(change, audited_files(worktree, change.files)) if change else ()
    marks = {each.mark for named in params.hunks for each in _named(context, known, named)}
    chosen = [each for each in known if each.mark in marks]
    if params.remove:
        reviews.unmark(worktree, marks)
    else:
        reviews.mark(worktree, marks, now())
    listed = [f"{each.path}:{each.line}" for each in chosen]
    context.record("review.mark", {"hunks": listed, "marks": sorted(marks), "removed": params.remove})
    marked = reviews.marked(worktree)
    return ReviewMarkResult(marked=len(chosen), hunks=len(known), reviewed=sum(each.mark in marked for each in known))


def _named(context: Context, known: Sequence[Place], named: str) -> list[Place]:
    """Return the hunks that a file, a line of one or a mark means; raise NotFound where there is none."""
    if found := [each for each in known if each.mark == named]:
        return found
    path = context.worktree.relative(named)
    if found := [each for each in known if each.path == path]:
        return found
    if match := LINE.fullmatch(named):
        path, line = context.worktree.relative(match[1]), int(match[2])
        if found := [each for each in known if each.path == path and covers(each.hunk, line)]:
            return found
    raise NotFound(f"the change has no hunk {named}", "autonav review lists them")
