"""Complexity of the standard library's modules, one core, against parsing alone and against peers."""

import contextlib
import importlib.util
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import lizard

from autonav_analysis.complexity.measure import measure
from autonav_analysis.syntax.grammars import Grammar, languages, load, parse
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.measures import SETTLED, measures
from autonav_server.worktree.worktree import open_worktree

ROUNDS = 3


def rows() -> Iterator[str]:
    """Yield one row for each tool that is installed."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    sources = {str(path): path.read_bytes() for path in paths}
    python = load(languages()["python"])
    trees = {path: parse(python, source) for path, source in sources.items()}
    ours, floor = against_parsing(python, sources)
    yield row("tree-sitter, parsing alone", floor, floor)
    yield row("AutoNav, parsing and measuring", ours, floor)
    warm = best(lambda: [measure(p, s, python, trees[p], increments=False) for p, s in sources.items()])
    yield row("AutoNav, trees at hand", warm, floor)
    command = [
        Path(sys.executable).parent / "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "C901",
        "--exit-zero",
        "-q",
    ]
    argv = [*command, "--config", "lint.mccabe.max-complexity=0", *paths]
    environment = {"RAYON_NUM_THREADS": "1"}
    yield row(
        "ruff C901, process and printing included",
        best(lambda: subprocess.run(argv, capture_output=True, env=environment, check=False)), floor,
    )  # fmt: skip
    alone, pooled, kept = of_worktree(paths[0].parent, paths)
    yield row("AutoNav, files of a worktree, one process", alone, floor)
    yield row(f"AutoNav, files of a worktree, {os.cpu_count()} processes", pooled, floor)
    yield row("AutoNav, the same from its cache", kept, floor)
    for name, run in peers(sources).items():
        yield row(name, best(run, 1), floor)
    for folder in filter(None, os.environ.get("AUTONAV_CORPORA", "").split(os.pathsep)):
        yield from in_folder(Path(folder))


def against_parsing(grammar: Grammar, sources: dict[str, bytes], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the CPU seconds of parsing and measuring, and of parsing alone, the best of rounds in turns.

    Trees and measures are kept until all are made: a parse that drops each tree at once is faster.
    """
    ours, floor = [], []
    for _ in range(rounds):
        for seconds, work in (
            (floor, lambda path: parse(grammar, sources[path])),
            (ours, lambda path: measure(path, sources[path], grammar, increments=False)),
        ):
            started = time.process_time()
            made = [work(path) for path in sources]
            seconds.append(time.process_time() - started)
            made.clear()
    return min(ours), min(floor)


def of_worktree(folder: Path, paths: list[Path]) -> tuple[float, float, float]:
    """Return the wall seconds of measuring copies of files in a worktree: alone, by a pool, and once they are kept."""
    alone, pooled, kept = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch, "copies")
        for path in paths:
            copy = root / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        time.sleep(SETTLED / 1e9)
        for number in range(2 * ROUNDS):
            homes = {f"XDG_{name}_HOME": f"{scratch}/{name}{number}" for name in ("CACHE", "DATA", "STATE")}
            cores, cold = ((1, alone), (os.cpu_count(), pooled))[number % 2]
            with mock.patch.dict(os.environ, homes), contextlib.closing(open_worktree(str(root))) as worktree:
                for seconds in (cold, kept):
                    started = time.perf_counter()
                    with mock.patch("os.cpu_count", return_value=cores):
                        measures(worktree, listed_files(worktree, ()))
                    seconds.append(time.perf_counter() - started)
    return min(alone), min(pooled), min(kept)


def in_folder(folder: Path) -> Iterator[str]:
    """Yield rows for each language that a corpus has much of."""
    for name, language in languages().items():
        found = [path for path in folder.rglob("*") if path.suffix in language.suffixes and path.is_file()]
        sources = {str(path): path.read_bytes() for path in found}
        size = sum(map(len, sources.values()))
        if size > 200_000:
            yield f"{folder.name}, {name}: {len(found):,} files, {size / 2**20:.1f} MB"
            yield from in_language(load(language), sources)


def in_language(grammar: Grammar, sources: dict[str, bytes]) -> Iterator[str]:
    """Yield rows: parsing alone, ours, and lizard."""
    ours, floor = against_parsing(grammar, sources)
    yield row("  tree-sitter, parsing alone", floor, floor)
    yield row("  AutoNav, parsing and measuring", ours, floor)
    texts = {path: source.decode("utf-8", "replace") for path, source in sources.items()}
    with contextlib.redirect_stderr(io.StringIO()):
        yield row("  lizard", best(lambda: [analysed(path, text) for path, text in texts.items()], 1), floor)


def analysed(path: str, text: str) -> object:
    """Return what lizard says; it fails on some TypeScript."""
    with contextlib.suppress(IndexError, RecursionError):
        return lizard.analyze_file.analyze_source_code(path, text)
    return None


def peers(sources: dict[str, bytes]) -> dict[str, Callable[[], object]]:
    """Return the peers that are installed."""
    found: dict[str, Callable[[], object]] = {}
    texts = {path: source.decode("utf-8", "replace") for path, source in sources.items()}
    if importlib.util.find_spec("radon"):
        from radon.complexity import cc_visit

        found["radon"] = lambda: [cc_visit(text) for text in texts.values()]
    if importlib.util.find_spec("complexipy"):
        from complexipy import code_complexity

        found["complexipy"] = lambda: [code_complexity(text) for text in texts.values()]
    found["lizard"] = lambda: [lizard.analyze_file.analyze_source_code(path, text) for path, text in texts.items()]
    return found


def best(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the shortest CPU or wall time of some rounds, seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times)


def row(name: str, seconds: float, floor: float) -> str:
    """Return a row: seconds, and the ratio to the floor."""
    return f"{name:<44} {seconds:>8.2f} s  {seconds / floor:>7.2f} x"
