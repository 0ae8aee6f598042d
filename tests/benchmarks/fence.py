"""A shell write outside the task, in a tree of 2,000 files: until its diagnostic, against one `git status`."""

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.client import LspClient, uri_of
from support.repository import create_repository

WRITES = 30


def rows() -> Iterator[str]:
    """Yield the median and the 95th percentile of the latency."""
    with tempfile.TemporaryDirectory() as folder:
        repository = create_repository(Path(folder) / "repository")
        for number in range(2000):
            repository.write(f"many/{number % 40}/{number}.txt", "x\n")
        repository.commit("many")
        seconds = sorted(asyncio.run(latencies(repository.root)))
        started = time.perf_counter()
        for _ in range(5):
            subprocess.run(["git", "status", "--porcelain"], cwd=repository.root, capture_output=True, check=True)
        status = (time.perf_counter() - started) / 5
    median, late = statistics.median(seconds), seconds[int(len(seconds) * 0.95)]
    yield f"git status                    {status * 1000:>7.0f} ms"
    yield f"write to diagnostic, median   {median * 1000:>7.0f} ms  {median / status:>6.1f} x"
    yield f"write to diagnostic, 95 %     {late * 1000:>7.0f} ms  {late / status:>6.1f} x"


async def latencies(root: Path) -> list[float]:
    """Return seconds from each write to its diagnostic."""
    found = []
    async with LspClient.start(root) as client:
        await client.command("autonav.start", {"task": "t", "edit": ["pkg/**"]})
        for number in range(WRITES):
            path = root / f"many/{number % 40}/{number}.txt"
            started = time.perf_counter()
            path.write_text("changed\n")
            await client.wait_for(lambda path=path: client.diagnostics.get(uri_of(path)))
            found.append(time.perf_counter() - started)
            await asyncio.sleep(0.05)
    return found
