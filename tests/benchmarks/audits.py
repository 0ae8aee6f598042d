"""A change of 2,000 files under a task: until its first and its last finding, memory, and what an editor waits meanwhile."""

import asyncio
import statistics
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fence import megabytes

from support.client import LspClient
from support.repository import create_repository

FILES, MOST_BYTES, QUIET_SECONDS = 2_000, 60_000, 12.0
ADDED = "\n\ndef added(command):\n    import subprocess\n    return subprocess.run(command, shell=True)\n"


def rows() -> Iterator[str]:
    """Yield the times, the memory of the server and its worker, and the round trip of a request at rest and meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        root, paths = created(Path(folder))
        yield from asyncio.run(measured(root, paths))


def created(folder: Path) -> tuple[Path, list[Path]]:
    """Return a repository of so many files of the standard library, committed, and the paths of the files."""
    repository = create_repository(folder / "repository")
    library = Path(sysconfig.get_path("stdlib"))
    sources = [each for each in sorted(library.rglob("*.py")) if each.stat().st_size <= MOST_BYTES]
    paths = []
    for number in range(FILES):
        source = sources[number % len(sources)]
        path = repository.root / f"src/p{number // 50}/m{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
        paths.append(path)
    repository.commit("many")
    return repository.root, paths


async def measured(root: Path, paths: list[Path]) -> list[str]:
    """Change every file as one command would, and watch an editor that goes on working."""
    async with LspClient.start(root) as client:
        settings = {"task": "t", "edit": ["src/**"], "files": 0, "lines": 0}
        await client.command("autonav.start", settings)
        uri = client.open(paths[0])
        at_rest = [await round_trip(client, uri) for _ in range(50)]
        started = time.perf_counter()
        for path in paths:
            with open(path, "a", encoding="utf-8", errors="surrogateescape") as file:
                file.write(ADDED)
        written = time.perf_counter() - started
        meanwhile, known, first, last, most = [], 0.0, 0.0, 0.0, 0.0
        told = list(client.diagnostics.values())
        while not last or time.perf_counter() - started - last < QUIET_SECONDS:
            meanwhile.append(await round_trip(client, uri))
            await asyncio.sleep(0.02)
            most = max(most, megabytes(client.process.pid) + below(client.process.pid))
            if not known and any(each["params"].get("files_changed") == len(paths) for each in statuses(client)):
                known = time.perf_counter() - started
            now = list(client.diagnostics.values())
            if len(now) != len(told) or any(one is not other for one, other in zip(now, told, strict=True)):
                first, last, told = first or time.perf_counter() - started, time.perf_counter() - started, now
        return [
            f"{len(paths):,} files written in {written:.1f} s",
            f"  git has looked {known:>6.1f} s",
            f"  first finding  {first:>6.1f} s",
            f"  last finding   {last:>6.1f} s ({sum(map(len, told))} shown, the last counts the rest)",
            f"  server and worker, most  {most:.0f} MB",
            f"  hover at rest   {spread(at_rest)}",
            f"  hover meanwhile {spread(meanwhile)}",
        ]


def statuses(client: LspClient) -> list[dict[str, Any]]:
    """Return what the server said of its looks, the newest few."""
    return [each for each in client.notifications[-50:] if each["method"] == "autonav/status"]


async def round_trip(client: LspClient, uri: str) -> float:
    """Return the seconds that a hover takes."""
    started = time.perf_counter()
    await client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}})
    return time.perf_counter() - started


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    high = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"median {statistics.median(ordered) * 1000:.1f} ms, 95 % {high * 1000:.1f} ms, most {ordered[-1] * 1000:.0f} ms"


def below(pid: int) -> float:
    """Return the megabytes of the processes that a process started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return sum(megabytes(int(each)) for each in children.read_text().split() if Path(f"/proc/{each}/status").exists())
