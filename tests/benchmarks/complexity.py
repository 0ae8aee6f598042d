"""Complexity of the standard library's modules, one core, against parsing alone and against peers."""

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import lizard

from autonav_analysis.complexity.measure import measure
from autonav_analysis.syntax.grammars import Grammar, languages, load, parse

ROUNDS = 3


def rows() -> Iterator[str]:
    """Yield one row for each tool that is installed."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    sources = {str(path): path.read_bytes() for path in paths}
    python = load(languages()["python"])
    trees = {path: parse(python, source) for path, source in sources.items()}
    floor = best(lambda: [parse(python, source) for source in sources.values()])
    yield row("tree-sitter, parsing alone", floor, floor)
    yield row(
        "AutoNav, parsing and measuring", best(lambda: [measure(p, s, python) for p, s in sources.items()]), floor
    )
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
    for name, run in peers(sources).items():
        yield row(name, best(run, 1), floor)
    for folder in filter(None, os.environ.get("AUTONAV_CORPORA", "").split(os.pathsep)):
        yield from in_folder(Path(folder))


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
    floor = best(lambda: [parse(grammar, source) for source in sources.values()])
    yield row("  tree-sitter, parsing alone", floor, floor)
    ours = best(lambda: [measure(path, source, grammar, increments=False) for path, source in sources.items()])
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
