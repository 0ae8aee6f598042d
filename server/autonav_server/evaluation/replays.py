"""Replays in worker processes: each takes seconds of computing, which no editor may wait for."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autonav_analysis.findings import counted
from autonav_analysis.learning.replaying import replayed
from autonav_protocol.values.learning import Replayed, RunRecord, Tuning
from autonav_server.evaluation.pool import Pool

WORKERS = 2


class Replay(NamedTuple):
    """What to replay; the strategy and the seed are the record's where they are None."""

    record: RunRecord
    tuning: Tuning
    strategy: str | None = None
    seed: int | None = None


async def replays(
    asked: Sequence[Replay], report: Callable[[str, float | None], None] = lambda *_: None
) -> list[Replayed]:
    """Return what each replay came to, in order; cancelling ends the workers."""
    if not asked:
        return []
    pool = Pool(min(WORKERS, len(asked)), repeatable=(replayed,))
    try:
        tasks = [asyncio.wrap_future(pool.submit(replayed, *each)) for each in asked]
        for number, task in enumerate(asyncio.as_completed(tasks), 1):
            await task
            report(f"replayed {number} of {counted(len(tasks), 'run')}", number / len(tasks))
        return [task.result() for task in tasks]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
