"""Complexity of the standard library's modules, one core, against parsing alone and against peers."""

import importlib.util
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from autonav_analysis.complexity.measure import measure
from autonav_analysis.syntax.grammars import languages, load, parse

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
    if importlib.util.find_spec("lizard"):
        import lizard

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
