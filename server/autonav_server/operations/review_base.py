"""Handle `review base`: a changed file as it was, for the left side of a diff."""

import asyncio

from autonav_protocol.errors import BadRequest, NotFound
from autonav_protocol.operations.review_base import ReviewBaseParams, ReviewBaseResult
from autonav_server.auditing.texts import audited_files
from autonav_server.context import Context
from autonav_server.operations._reviews import seen_change


async def run(context: Context, params: ReviewBaseParams) -> ReviewBaseResult:
    return await asyncio.to_thread(_base, context, params)


def text(result: ReviewBaseResult) -> str:
    return result.text.removesuffix("\n")


def _base(context: Context, params: ReviewBaseParams) -> ReviewBaseResult:
    worktree, change = context.worktree, seen_change(context, params.base).change
    path = worktree.relative(params.path)
    found = next((file for file in change.files if file.path == path), None) if change else None
    if found is None:
        raise NotFound(f"{path} did not change", "autonav review lists what did")
    texts = audited_files(worktree, [found])
    if not texts:
        raise BadRequest(f"{path} is not a text")
    before = texts[0].before
    return ReviewBaseResult(path=path, existed=before is not None, text=(before or b"").decode("utf-8", "replace"))
