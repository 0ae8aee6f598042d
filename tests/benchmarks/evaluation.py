"""One evaluation, run in every way there is: random edits of real projects, the same for all, interleaved.

AUTONAV_PROJECTS names folders of projects with tests of their own; AUTONAV_EDITS how many edits each gets. Each is
judged by all tests, and by one that runs the edited line, which is what most candidates need. A way that refuses an
edit leaves it to another: its speed is of those that it served. `differ` counts verdicts, the outcomes of all tests
that were run, that were not those of a fresh process.
"""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from autonav_analysis.search.proposals import apply, proposals, still_parses
from autonav_protocol.values.evaluation import Evaluation
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.checkouts import make_home
from autonav_server.evaluation.evaluate import run_tests
from autonav_server.evaluation.swap import SwapRunner, agree
from autonav_server.evaluation.warm import WarmRunner
from autonav_server.sandbox import Sandbox, known_sandboxes
from autonav_server.toolchain import Tests
from autonav_server.toolchains.python import TOOLCHAIN, detect

SEED = 20_26
SKIPPED = (".git", ".venv", "venv", "__pycache__", ".tox", "docs", "doc")
Contents = Mapping[str, bytes]


@dataclass
class Way:
    """A way to evaluate, and what it came to: the seconds of each run of all tests and of one, and how many it served."""

    name: str
    run: Callable[..., Evaluation | None]
    close: Callable[[], None]
    seconds: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    served: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    differ: int = 0


def rows() -> Iterator[str]:
    """Yield a table for each project: evaluations per second, and as a ratio to the fresh process."""
    folders = [Path(each) for each in os.environ.get("AUTONAV_PROJECTS", "").split(os.pathsep) if each]
    if not folders:
        yield "AUTONAV_PROJECTS names no folder"
    for folder in folders:
        home = make_home()
        try:
            yield from _of_project(folder, home, int(os.environ.get("AUTONAV_EDITS", "8")))
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _of_project(folder: Path, home: str, count: int) -> Iterator[str]:
    compared = compare(folder, home, count)
    if compared is None:
        yield f"{folder.name}: no tests were recognised"
        return
    said, edits, ways = compared
    yield f"{folder.name}: {said}"
    yield f"  {'':<24}{'suite/s':>9}{'ratio':>8}{'test/s':>9}{'ratio':>8}{'served':>8}{'differ':>8}"
    slow = [sum(seconds) / max(1, ways[0].served) for seconds in ways[0].seconds]
    for way in ways:
        speeds = [way.served / sum(seconds) if seconds else 0.0 for seconds in way.seconds]
        cells = "".join(f"{speed:>9.2f}{speed * each:>7.1f}x" for speed, each in zip(speeds, slow, strict=True))
        yield f"  {way.name:<24}{cells}{way.served:>5}/{edits:<3}{way.differ:>7}"
        for reason, number in way.refused.items():
            yield f"      refused {number} times: {reason}"


def compare(folder: Path, home: str, count: int, names: Collection[str] = ()) -> tuple[str, int, list[Way]] | None:
    """Return what was compared, the number of edits and every way after them, or those of `names`; None without tests."""
    root = os.path.realpath(folder)
    tests = detect(root, None)
    if tests is None:
        return None
    sandboxes = {each.name: each for each in known_sandboxes() if each.report().available}
    base = _checkout(root, home, "base")
    traced = run_tests(sandboxes["process"], tests, base, root, Limits(600, 600), trace=True)
    plain = run_tests(sandboxes["process"], tests, base, root, Limits(600, 600)).evaluation
    cpu = max(5, round(5 + 3 * plain.seconds))
    limits = Limits(cpu, wall_seconds=4 * cpu + 10)
    edits = _edits(base, traced.lines, count)
    ways = _ways(sandboxes, tests, root, home, limits)
    ways = [each for each in ways if not names or each.name in names]
    said = f"{plain.tests.collected if plain.tests else 0} tests, {plain.seconds:.1f} s, {len(edits)} edits"
    try:
        for way in ways:
            way.run({})  # started, and not timed
        for contents, test in edits:
            for number, ids in enumerate(((), (test,))):
                reference: Evaluation | None = None
                for way in ways:
                    started = time.perf_counter()
                    evaluation = way.run(contents, *ids)
                    if evaluation is not None:
                        way.seconds[number].append(time.perf_counter() - started)
                        way.served += not number
                        reference = reference or evaluation
                        way.differ += not agree(evaluation, reference)
    finally:
        for way in ways:
            way.close()
    return f"{said}{', ' + plain.problem if plain.problem else ''}", len(edits), ways


def _ways(sandboxes: Mapping[str, Sandbox], tests: Tests, root: str, home: str, limits: Limits) -> list[Way]:
    """Return every way that there is on this machine, the fresh process first."""
    found = []
    for name in ("process", "bubblewrap", "container"):
        if name in sandboxes:
            checkout = partial(_checkout, root, home)
            found.append(_fresh(sandboxes[name], tests, checkout(f"{name}-fresh"), root, limits))
            found.append(_warm(sandboxes[name], tests, checkout(f"{name}-warm"), root, limits))
            found.append(_fast(sandboxes[name], tests, checkout(f"{name}-fast"), root, limits))
    return found


def _fresh(sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits) -> Way:
    def run(*ids: str) -> Evaluation:
        return run_tests(sandbox, tests, checkout, root, limits, ids).evaluation

    return Way(f"{sandbox.name}, fresh", partial(_written, checkout, run), lambda: None)


def _warm(sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits) -> Way:
    runner = WarmRunner(sandbox, tests, checkout, root, limits)

    def run(*ids: str) -> Evaluation:
        return runner.run(*ids, cpu_seconds=limits.cpu_seconds)

    return Way(f"{sandbox.name}, warm fork", partial(_written, checkout, run), runner.close)


def _fast(sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits) -> Way:
    runner = SwapRunner(sandbox, tests, checkout, root, limits)

    def run(contents: Contents, *ids: str) -> Evaluation | None:
        evaluation = runner.run(contents, *ids, cpu_seconds=limits.cpu_seconds)
        if evaluation is None and not ids:
            way.refused[runner.reason] = way.refused.get(runner.reason, 0) + 1
        return evaluation

    way = Way(f"{sandbox.name}, fast path", run, runner.close)
    return way


def _written(checkout: str, run: Callable[..., Evaluation], contents: Contents, *ids: str) -> Evaluation:
    before = {path: Path(checkout, path).read_bytes() for path in contents}
    try:
        for path, data in contents.items():
            Path(checkout, path).write_bytes(data)
        return run(*ids)
    finally:
        for path, data in before.items():
            Path(checkout, path).write_bytes(data)


def _edits(base: str, ran: Mapping[str, Mapping[str, frozenset[int]]], count: int) -> list[tuple[Contents, str]]:
    """Return edits of executed lines, each as the contents of its file and a test that runs the line."""
    tests: dict[tuple[str, int], str] = {}
    for test, files in ran.items():
        for path, lines in files.items():
            if path.endswith(".py") and not path.startswith("..") and not TOOLCHAIN.is_test_file(path):
                tests.update(dict.fromkeys(((path, line) for line in lines), test))
    sources = {path: Path(base, path).read_bytes() for path in sorted({path for path, _ in tests})}
    found = [each for each in proposals(sources, dict.fromkeys(tests, 1.0)) if (each.edits[0].path, each.line) in tests]
    random.Random(SEED).shuffle(found)
    chosen: list[tuple[Contents, str]] = []
    for proposal in found:
        edit = proposal.edits[0]
        changed = apply(sources[edit.path], edit)
        if len(chosen) < count and still_parses(edit.path, sources[edit.path], changed):
            chosen.append(({edit.path: changed}, tests[edit.path, proposal.line]))
    return chosen


def _checkout(root: str, home: str, name: str) -> str:
    folder = os.path.join(tempfile.mkdtemp(prefix=f"{name}-", dir=home), "checkout")
    shutil.copytree(root, folder, symlinks=True, ignore=shutil.ignore_patterns(*SKIPPED))
    return folder
