"""A shell write outside the task, in trees of 2,000 and of 50,000 files: until its diagnostic, against one `git status`."""

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.client import LspClient, uri_of
from support.repository import create_repository

WRITES, IDLE_SECONDS, FILES_IN_A_FOLDER = 30, 20, 50


def rows() -> Iterator[str]:
    """Yield for each size the distribution of the latency, the CPU while nothing happens, memory and watches."""
    for files in (2_000, 50_000):
        with tempfile.TemporaryDirectory() as folder:
            root = created(Path(folder), files)
            seconds, server = asyncio.run(measured(root, files))
            status = git_status(root)
        yield f"{files:,} files"
        yield f"  git status                    {status * 1000:>7.0f} ms"
        for name, share in (("least", 0.0), ("median", 0.5), ("90 %", 0.9), ("95 %", 0.95), ("most", 1.0)):
            late = seconds[min(len(seconds) - 1, int(len(seconds) * share))]
            yield f"  write to diagnostic, {name:<8} {late * 1000:>7.0f} ms  {late / status:>6.1f} x"
        yield f"  mean {statistics.mean(seconds) * 1000:.0f} ms, deviation {statistics.stdev(seconds) * 1000:.0f} ms"
        yield "  " + server


def created(folder: Path, files: int) -> Path:
    """Return a repository of so many files, committed."""
    repository = create_repository(folder / "repository")
    for number in range(files):
        path = repository.root / where(number, files)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n")
    repository.commit("many")
    return repository.root


def where(number: int, files: int) -> str:
    return f"many/{number % (files // FILES_IN_A_FOLDER)}/{number}.txt"


def git_status(root: Path) -> float:
    """Return the seconds that one `git status` takes, the mean of five."""
    started = time.perf_counter()
    for _ in range(5):
        subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, check=True)
    return (time.perf_counter() - started) / 5


async def measured(root: Path, files: int, *, idle_seconds: float = IDLE_SECONDS) -> tuple[list[float], str]:
    """Return the sorted seconds from each write to its diagnostic, and what the server costs at rest."""
    found = []
    async with LspClient.start(root) as client:
        await client.command("autonav.start", {"task": "t", "edit": ["pkg/**"]})
        await client.command("autonav.check", {})
        for number in range(WRITES):
            path = root / where(number * 61, files)
            started = time.perf_counter()
            path.write_text("changed\n")
            await client.wait_for(lambda path=path: client.diagnostics.get(uri_of(path)))
            found.append(time.perf_counter() - started)
            await asyncio.sleep(0.3)  # faster would be one burst, with one finding
        await asyncio.sleep(1)
        before, started = cpu_seconds(client.process.pid), time.perf_counter()
        await asyncio.sleep(idle_seconds)
        idle = (cpu_seconds(client.process.pid) - before) / (time.perf_counter() - started)
        return (
            sorted(found),
            f"at rest: {idle:.2%} of a core, {megabytes(client.process.pid):.0f} MB, {watches(client.process.pid)} watches",
        )


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def watches(pid: int) -> int:
    return sum(each.read_text().count("inotify wd:") for each in Path(f"/proc/{pid}/fdinfo").iterdir())
