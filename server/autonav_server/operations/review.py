"""Handle `review`: the hunks of one look, in the order in which they should be read."""

import asyncio

from autonav_analysis.findings import counted, one_line
from autonav_protocol.operations.review import ReviewParams, ReviewResult
from autonav_protocol.values.review import ReviewGroup, ReviewHunk
from autonav_server.context import Context
from autonav_server.operations._reviews import reviewed


async def run(context: Context, params: ReviewParams) -> ReviewResult:
    seen, groups = await asyncio.to_thread(reviewed, context, params.base)
    hunks = [hunk for group in groups for hunk in group.hunks]
    if params.unread:
        groups = tuple(each for group in groups if (each := _unread(group)).hunks)
    return ReviewResult(
        root=context.worktree.root,
        task=seen.change.contract.slug or None if seen.change else None,
        groups=groups,
        hunks=len(hunks),
        reviewed=sum(hunk.reviewed for hunk in hunks),
    )


def text(result: ReviewResult) -> str:
    if not result.hunks:
        return "nothing changed"
    lines = [f"{counted(result.hunks, 'hunk')}, {result.reviewed:,} reviewed"]
    for group in result.groups:
        lines += ["", one_line(f"{group.title} ({counted(len(group.hunks), 'hunk')})"), *map(_row, group.hunks)]
    return "\n".join(lines)


def _row(hunk: ReviewHunk) -> str:
    codes = f" {' '.join(hunk.codes)}" if hunk.codes else ""
    box = "x" if hunk.reviewed else " "
    return one_line(f"  [{box}] {hunk.path}:{hunk.line}  +{hunk.added} -{hunk.removed}{codes}  {hunk.why}")


def _unread(group: ReviewGroup) -> ReviewGroup:
    return ReviewGroup(group.name, group.title, tuple(hunk for hunk in group.hunks if not hunk.reviewed))
