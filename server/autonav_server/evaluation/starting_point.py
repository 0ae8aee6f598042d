"""Where an exploration starts: the tests as they are, which of them fail together, and the lines they point at."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autonav_analysis.search.localisation import Line, ochiai
from autonav_analysis.toolchains import Project
from autonav_protocol.errors import BadRequest, NotFound, Unavailable
from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.checkouts import materialise
from autonav_server.evaluation.commands import run_command
from autonav_server.evaluation.evaluate import Run, run_tests
from autonav_server.evaluation.messages import Request
from autonav_server.evaluation.tested import built, each_within, explorable, how_tested, limits_for, run_once
from autonav_server.sandbox import OWN_CODE, Sandbox, choose
from autonav_server.toolchain import PYTEST, TRACE, Tests, toolchains_by_name

TRACE_FACTOR = 6
"""How much longer than untraced tests traced ones may take."""

MOST_TARGETS = 20

LATE = "the test used up its CPU time"
LONGEST_SHARE, LATE_SHARE = 1 / 10, 1 / 30
"""A test that takes more than the first of what the suite may take is taken for one that does not end, if it is the one
asked about; then none gets more than the second."""


@dataclass(frozen=True)
class StartingPoint:
    """What is known before anything is tried.

    `targets` are the failing tests that run lines in common with the one asked about, that one first: what a
    candidate mends of them says how far it is. `covering` has for each line the passing tests that run it. The tests
    are those of `project`, which run under `limits`, with what lies built in `kept`; `said` is what tracing could not tell.
    Where the test asked about does not end, none gets more than `test_seconds` of CPU time; else they are 0.
    """

    base: Evaluation
    targets: tuple[str, ...]
    suspicion: Mapping[Line, float]
    sources: Mapping[str, bytes]
    covering: Mapping[Line, frozenset[str]]
    project: Project
    limits: Limits
    kept: str = ""
    said: str = ""
    test_seconds: float = 0


@dataclass(frozen=True)
class Traced:
    """The suite of a project as it ran, and the lines that each test ran, tests' own left out."""

    project: Project
    runner: str
    base: Evaluation
    lines: Mapping[str, set[Line]]
    limits: Limits
    kept: str
    said: str
    test_seconds: float = 0


def starting_point(request: Request, home: str, limits: Limits) -> StartingPoint:
    """Run the suite on the working tree, traced; raises AutonavError where there is nothing to explore."""
    checkout = materialise(request.root, request.environment, request.tree, home, "base")
    seen = _holding(request, checkout, home, limits)
    base, lines = seen.base, seen.lines
    if base.outcomes[request.test] is Outcome.PASSED:
        raise BadRequest(f"{request.test} passes already")
    failing = [test for test, each in base.outcomes.items() if each in (Outcome.FAILED, Outcome.ERROR)]
    mine = lines.get(request.test, set())
    near = [test for test in failing if test != request.test and mine & lines.get(test, set())]
    targets = (request.test, *sorted(near)[: MOST_TARGETS - 1])
    passing = {test: ran for test, ran in lines.items() if base.outcomes.get(test) is Outcome.PASSED}
    suspicion = ochiai([lines.get(test, set()) for test in targets], passing.values())
    covering: dict[Line, set[str]] = {line: set() for line in suspicion}
    for test, ran in passing.items():
        for line in ran & suspicion.keys():
            covering[line].add(test)
    suffixes = tuple(toolchains_by_name()[seen.project.toolchain].suffixes)
    sources = _sources(checkout, sorted({path for path, _ in suspicion}), suffixes)
    held = {line: frozenset(tests) for line, tests in covering.items()}
    return StartingPoint(
        base, targets, suspicion, sources, held, seen.project, seen.limits, seen.kept, seen.said, seen.test_seconds
    )


def traced(request: Request, project: Project, checkout: str, home: str, limits: Limits) -> Traced:
    """Run a project's suite and see which lines each test runs; raises Unavailable where it cannot be judged."""
    tests = how_tested(request.root, project, request.interpreter)
    sandbox = choose(request.sandbox, (*OWN_CODE, *request.required))
    own = limits_for(project, limits)
    kept = built(sandbox, tests, checkout, request.root, _longer(own), home)
    warm = how_tested(request.root, project, request.interpreter, kept)
    trace = _traced_by_plugin if tests.report == PYTEST else _traced_by_command
    base, ran, said, test_seconds = trace(request, sandbox, warm, checkout, own)
    if base.problem and kept:  # it may be that this version cannot work with what it must not change
        base, ran, said, test_seconds = trace(request, sandbox, tests, checkout, own)
        kept = ""
    if base.problem:
        tail = base.commands[-1].output.strip()[-400:]
        raise Unavailable(f"the tests cannot be judged: {base.problem}", f"{tests.runner} said: {tail}")
    lines = {
        test: {(path, line) for path, found in each.items() if not is_off_limits(path, tests) for line in found}
        for test, each in ran.items()
    }
    return Traced(project, tests.runner, base, lines, own, kept, said, test_seconds)


def is_off_limits(path: str, tests: Tests) -> bool:
    """Return whether candidates must leave a file alone: tests, and what lies outside the checkout."""
    return path.startswith("..") or os.path.isabs(path) or tests.is_test_file(path)


def _holding(request: Request, checkout: str, home: str, limits: Limits) -> Traced:
    """Return the suite that has the test; raises NotFound where none has, and Unavailable where none can be judged."""
    seen, problems = list[Traced](), list[Unavailable]()
    for project in explorable(request.root, checkout, request.test, request.interpreter):
        try:
            seen.append(traced(request, project, checkout, home, limits))
        except Unavailable as error:
            problems.append(error)
            continue
        if request.test in seen[-1].base.outcomes:
            return seen[-1]
    if problems:
        raise problems[0]
    collected = sum(each.base.tests.collected for each in seen)
    runners = " and ".join(dict.fromkeys(each.runner for each in seen))
    raise NotFound(f"{runners} finds no test {request.test}", f"it collects {collected} tests")


Seen = tuple[Evaluation, Mapping[str, Mapping[str, frozenset[int]]], str, float]


def _traced_by_plugin(request: Request, sandbox: Sandbox, tests: Tests, checkout: str, limits: Limits) -> Seen:
    """Return the suite as pytest runs it with our plugin, the lines of each test, what could not be told, and limits.

    The last are the CPU seconds that any test gets, 0 where the one asked about ends by itself.
    """

    def run(*ids: str, trace: bool = False, seconds: float = 0) -> Run:
        each = each_within(tests, seconds)
        return run_tests(sandbox, each, checkout, request.root, _longer(limits) if trace else limits, ids, trace=trace)

    if request.test and _is_late(run(request.test, seconds=LONGEST_SHARE * request.test_seconds), request.test):
        seconds = LATE_SHARE * request.test_seconds
        said = f"{request.test} does not end, so no test gets more than {seconds:g} CPU seconds"
        return run(seconds=seconds).evaluation, run(trace=True, seconds=seconds).lines, said, seconds
    traced = run(trace=True)
    said = ""
    if traced.evaluation.problem and not traced.broken:
        # Too slow to trace as a whole: trace the target's file, and take the outcomes untraced.
        near = run(request.test.partition("::")[0], trace=True)
        traced = Run(run().evaluation, near.lines, near.broken)
        said = "only the tests of the same file were traced"
    return traced.evaluation, traced.lines, said, 0


def _is_late(run: Run, test: str) -> bool:
    return test in run.evaluation.failures and LATE in run.evaluation.failures[test].why


def _traced_by_command(request: Request, sandbox: Sandbox, tests: Tests, checkout: str, limits: Limits) -> Seen:
    """Return the suite as its runner runs it, the lines of each test as that can tell, and what it cannot."""
    base = run_once(sandbox, tests, checkout, request.root, limits)
    trace = tests.trace(tests, list(base.outcomes), request.test) if request.test in base.outcomes else None
    if trace is None:
        return base, {}, f"{tests.runner} does not tell which lines ran", 0
    folder = os.path.join(checkout, tests.folder)
    tracing = replace(
        tests, argv=trace.argv, report=None, environment={**tests.environment, **trace.environment},
        readable=(*tests.readable, *trace.readable),
    )  # fmt: skip
    if trace.argv:
        run_command(sandbox, tracing, checkout, request.root, _longer(limits))
    ran = trace.read(folder, os.path.normpath(os.path.join(request.root, tests.folder)))
    shutil.rmtree(os.path.join(folder, TRACE), ignore_errors=True)
    below = {
        test: {os.path.normpath(os.path.join(tests.folder, path)): lines for path, lines in each.items()}
        for test, each in ran.items()
    }
    return base, below, trace.said, 0


def _longer(limits: Limits) -> Limits:
    return replace(
        limits, cpu_seconds=limits.cpu_seconds * TRACE_FACTOR, wall_seconds=limits.wall_seconds * TRACE_FACTOR
    )


def _sources(checkout: str, paths: Sequence[str], suffixes: tuple[str, ...]) -> dict[str, bytes]:
    found = {}
    for path in paths:
        absolute = os.path.join(checkout, path)
        if path.endswith(suffixes) and os.path.isfile(absolute) and not os.path.islink(absolute):
            with open(absolute, "rb") as file:
                found[path] = file.read()
    return found
