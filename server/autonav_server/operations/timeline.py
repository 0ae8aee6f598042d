"""Handle `timeline`: the versions that were seen."""

import asyncio

from autonav_protocol.operations.timeline import TimelineParams, TimelineResult
from autonav_protocol.values.version import FileVersion
from autonav_server.context import Context
from autonav_server.ledger.chain import versions


async def run(context: Context, params: TimelineParams) -> TimelineResult:
    paths = frozenset(map(context.worktree.relative, params.paths))
    found = await asyncio.to_thread(versions, context.worktree.store, context.worktree.root, paths)
    return TimelineResult(versions=found[-params.last :])


def text(result: TimelineResult) -> str:
    return "\n".join(map(_row, result.versions)) or "no version was seen; the editor or `autonav watch` looks"


def _row(version: FileVersion) -> str:
    said = "gone" if not version.image else "too large to keep" if version.size is None else f"{version.size:,} bytes"
    return f"{version.at[:19]}Z  {version.image[:12]:<12}  {said:>17}  {version.path}"
