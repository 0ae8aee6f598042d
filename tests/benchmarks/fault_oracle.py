"""What the tests of a project say of texts of its sources, by the same runners that an exploration uses."""

import ast
import os
import pickle
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from autonav_analysis.search.localisation import Line, ochiai
from autonav_analysis.search.rewards import Result
from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.checkouts import make_home
from autonav_server.evaluation.evaluate import run_tests
from autonav_server.evaluation.starting_point import MOST_TARGETS, is_off_limits
from autonav_server.evaluation.swap import SwapRunner
from autonav_server.evaluation.warm import WarmRunner
from autonav_server.sandbox import known_sandboxes
from autonav_server.toolchain import Tests
from autonav_server.toolchains.python import detect

SLOW_SECONDS = 0.2
"""Tests that take longer are left out, so that everything can be run often."""

LIMITS = Limits(120, wall_seconds=400)
HANG_SECONDS = 5
SKIPPED = (".git", "__pycache__", "docs", "doc", "benchmark", "benchmarks", "bench", "examples")
UNCOMPILED = "it does not compile"
HANGS, TIMED_OUT = "used up its CPU time", "Timeout ("
DURATION = re.compile(r"^([\d.]+)s (?:call|setup|teardown) +(.+)$", re.MULTILINE)
Contents = Mapping[str, bytes]


@dataclass(frozen=True)
class Baseline:
    """A project as it is: the tests left out, the outcomes of the others, all passed or skipped, and what each ran."""

    left_out: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    ran: Mapping[str, frozenset[Line]]


@dataclass(frozen=True)
class Start:
    """A faulty project: what is failing, and what a search is told. `ran` is for all tests, as `outcomes` are."""

    targets: tuple[str, ...]
    suspicion: Mapping[Line, float]
    sources: Contents
    outcomes: Mapping[str, Outcome]
    ran: Mapping[str, frozenset[Line]]


class Oracle:
    """A project in folders of its own, with runners that are started when first used; one thread uses it."""

    def __init__(self, folder: Path, interpreter: str, kept: Path) -> None:
        self.name, self.interpreter = folder.name, interpreter
        self._home = make_home()
        self._root = self._copy("root", folder)
        self._sandbox = next(each for each in known_sandboxes() if each.name == "process")
        tests = detect(self._root, interpreter)
        assert tests is not None, f"no tests were recognised in {folder}"
        self._timed = tests
        self._tests = replace(tests, argv=(*tests.argv, "-p", "no:timeout"))
        self._swap: SwapRunner | None = None
        self._warm: WarmRunner | None = None
        self.refused = 0
        if kept.exists():
            self.base: Baseline = pickle.loads(kept.read_bytes())
        else:
            self.base = self._baseline()
            kept.write_bytes(pickle.dumps(self.base))
        self._tests = self._without(self.base.left_out)

    def source(self, path: str) -> bytes:
        """Return the text of a file as the project has it."""
        return Path(self._root, path).read_bytes()

    def run(self, contents: Contents, ids: Sequence[str], cpu_seconds: int) -> Evaluation:
        """Run tests with new contents of files: in the fast way, and where that refuses, warm."""
        changed = {path: data for path, data in contents.items() if data != self.source(path)}
        fast = self.fast(changed, ids, cpu_seconds)
        if fast is None and self._swap is not None and UNCOMPILED in self._swap.reason:
            return Evaluation(problem=UNCOMPILED)
        return self._slower(changed, ids, cpu_seconds) if fast is None else fast

    def fast(self, contents: Contents, ids: Sequence[str], cpu_seconds: int) -> Evaluation | None:
        """Run tests in the fast way, None where it refuses."""
        if self._swap is None or not self._swap.works:
            if self._swap is not None:
                self._swap.close()
            self._swap = SwapRunner(
                self._sandbox, self._tests, self._copy("swap", Path(self._root)), self._root, LIMITS,
                expected=self.base.outcomes,
            )  # fmt: skip
        found = self._swap.run(contents, *ids, cpu_seconds=cpu_seconds)
        self.refused += found is None
        return found

    def fresh(
        self, contents: Contents, ids: Sequence[str] = (), *, trace: bool = False, hang_seconds: int = 0
    ) -> tuple[Evaluation, dict[str, frozenset[Line]]]:
        """Run tests in a new process, and return with them the lines each ran if they are traced."""
        with self.checkout() as checkout:
            for path, data in contents.items():
                Path(checkout, path).write_bytes(data)
            tests = self._tests
            if hang_seconds:
                tests = replace(self._timed, argv=(*self._timed.argv, f"--timeout={hang_seconds}"))
            seen = run_tests(self._sandbox, tests, checkout, self._root, LIMITS, ids, trace=trace)
        ran = {
            test: frozenset(
                (path, line) for path, lines in files.items() if not is_off_limits(path, tests) for line in lines
            )
            for test, files in seen.lines.items()
        }
        return seen.evaluation, ran

    @contextmanager
    def checkout(self) -> Iterator[str]:
        """Give a copy of the project for a while."""
        folder = self._copy("fresh", Path(self._root))
        try:
            yield folder
        finally:
            shutil.rmtree(os.path.dirname(folder))

    def python_path(self, checkout: str) -> str:
        """Return where imports start in a checkout."""
        return os.pathsep.join(os.path.join(checkout, each) for each in self._tests.python_path)

    def start(self, contents: Contents, faulty: Sequence[Line]) -> Start | None:
        """Return where a search starts, None where the fault is not fit: no failure, one that hangs, or one apart.

        Only tests that run a faulty line are run again, all where no line is named; the others do what they did. The
        target is a failing test that runs all faulty lines.
        """
        affected = sorted(test for test, ran in self.base.ran.items() if not (faulty and ran.isdisjoint(faulty)))
        evaluation, traced = self.fresh(contents, affected, trace=True, hang_seconds=HANG_SECONDS)
        if evaluation.problem or any(TIMED_OUT in each.why for each in evaluation.failures.values()):
            return None
        outcomes = {**self.base.outcomes, **evaluation.outcomes}
        ran = {**self.base.ran, **traced}
        failing = [test for test in affected if outcomes[test] in (Outcome.FAILED, Outcome.ERROR)]
        asked = next((test for test in failing if ran[test].issuperset(faulty)), None)
        if asked is None:
            return None
        near = sorted(test for test in failing if test != asked and ran[asked] & ran[test])
        targets = (asked, *near[: MOST_TARGETS - 1])
        passing = [ran[test] for test, each in outcomes.items() if each is Outcome.PASSED and test in ran]
        suspicion = ochiai([ran[test] for test in targets], passing)
        sources = {path: contents.get(path) or self.source(path) for path in sorted({path for path, _ in suspicion})}
        return Start(targets, suspicion, sources, outcomes, ran)

    def close(self) -> None:
        """End what runs, and remove the folders."""
        for each in (self._swap, self._warm):
            if each is not None:
                each.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def _slower(self, contents: Contents, ids: Sequence[str], cpu_seconds: int) -> Evaluation:
        if self._warm is None:
            self._warm = WarmRunner(
                self._sandbox, self._tests, self._copy("warm", Path(self._root)), self._root, LIMITS
            )
        for path, data in contents.items():
            Path(self._warm.checkout, path).write_bytes(data)
        try:
            return self._warm.run(*ids, cpu_seconds=cpu_seconds + 1)
        finally:
            for path in contents:
                Path(self._warm.checkout, path).write_bytes(self.source(path))

    def _baseline(self) -> Baseline:
        seen, _ = self.fresh({}, ("--durations=60", f"--durations-min={SLOW_SECONDS}"))
        slow = {name for seconds, name in DURATION.findall(seen.commands[0].output) if float(seconds) >= SLOW_SECONDS}
        wrong = {test for test, each in seen.outcomes.items() if each in (Outcome.FAILED, Outcome.ERROR)}
        left_out = tuple(sorted(slow | wrong))
        self._tests = self._without(left_out)
        evaluation, ran = self.fresh({}, trace=True)
        assert not evaluation.problem, f"{self.name}: {evaluation.problem}"
        assert all(each in (Outcome.PASSED, Outcome.SKIPPED) for each in evaluation.outcomes.values()), self.name
        return Baseline(left_out, evaluation.outcomes, ran)

    def _without(self, left_out: Iterable[str]) -> Tests:
        flags = [flag for test in left_out for flag in ("--deselect", test)]
        return replace(self._tests, argv=(*self._tests.argv, *flags))

    def _copy(self, name: str, folder: Path) -> str:
        into = os.path.join(mkdtemp(prefix=f"{name}-", dir=self._home), "checkout")
        shutil.copytree(folder, into, symlinks=True, ignore=shutil.ignore_patterns(*SKIPPED))
        return into


class Judge:
    """What becomes of states below one start: the targets first, then the tests that run the functions they change."""

    def __init__(self, oracle: Oracle, start: Start) -> None:
        self._oracle, self._start = oracle, start
        self._functions = {path: list(_functions(source)) for path, source in start.sources.items()}
        seen = oracle.run(start.sources, start.targets, HANG_SECONDS)
        patience = 2 if hangs(seen) else min(10, 1 + round(4 * seen.seconds))
        self._target_seconds = 1 if seen.seconds < 0.15 else patience
        self._suite_seconds = 20

    def result(self, sources: Contents) -> Result | None:
        """Return what became of a state, None where it does not compile.

        It solves only where every test passes that passes without the fault.
        """
        start = self._start
        seen = self._oracle.run(sources, start.targets, self._target_seconds)
        if seen.problem == UNCOMPILED:
            return None
        passed = tuple(seen.outcomes.get(test) is Outcome.PASSED for test in start.targets)
        if not any(passed):
            return Result(passed)
        asked = self._relevant(sources)
        seen = self._oracle.run(sources, asked, self._suite_seconds) if asked else seen
        expected = self._oracle.base.outcomes if all(passed) else start.outcomes
        broken = bool(seen.problem) or any(
            seen.outcomes.get(test) is not Outcome.PASSED for test in asked if expected[test] is Outcome.PASSED
        )
        return Result(passed, broken)

    def _relevant(self, sources: Contents) -> list[str]:
        """Return the tests that run a function that a state changes; all where it changes anything else."""
        lines = set[Line]()
        for path, source in sources.items():
            before = self._start.sources[path]
            if source == before:
                continue
            first, last = _changed(before.split(b"\n"), source.split(b"\n"))
            around = [each for each in self._functions[path] if each[0] <= max(first, last) and first <= each[1] + 1]
            if not around or first < min(around)[0] or last > max(end for _, end in around) + 1:
                return sorted(self._start.outcomes)
            lines |= {(path, line) for begin, end in around for line in range(begin, end + 1)}
        return sorted(test for test, ran in self._start.ran.items() if not ran.isdisjoint(lines))


def hangs(evaluation: Evaluation) -> bool:
    """Return whether a test did not end."""
    return bool(evaluation.problem) or any(HANGS in each.why for each in evaluation.failures.values())


def _changed(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[int, int]:
    """Return the first and the last 1-based line of the old text that are not in the new one; last < first if none."""
    shorter = min(len(old), len(new))
    head = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    tail = next((index for index in range(shorter - head) if old[-1 - index] != new[-1 - index]), shorter - head)
    return head + 1, len(old) - tail


def _functions(source: bytes) -> Iterator[tuple[int, int]]:
    """Yield the first and the last line of each outermost function."""

    def below(node: ast.AST) -> Iterator[tuple[int, int]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield child.lineno, child.end_lineno or child.lineno
            else:
                yield from below(child)

    try:
        yield from below(ast.parse(source))
    except (SyntaxError, ValueError):
        return
