"""Where an exploration starts: the tests as they are, which of them fail together, and the lines they point at."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autonav_analysis.search.localisation import Line, ochiai
from autonav_protocol.errors import BadRequest, NotFound, Unavailable
from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.checkouts import materialise
from autonav_server.evaluation.evaluate import Run, run_tests
from autonav_server.evaluation.messages import Request
from autonav_server.sandbox import OWN_CODE, choose
from autonav_server.toolchains.python import TOOLCHAIN, detect

TRACE_FACTOR = 6
"""How much longer than untraced tests traced ones may take."""

MOST_TARGETS = 20


@dataclass(frozen=True)
class StartingPoint:
    """What is known before anything is tried.

    `targets` are the failing tests that run lines in common with the one asked about, that one first: what a
    candidate mends of them says how far it is. `covering` has for each line the passing tests that run it.
    """

    base: Evaluation
    targets: tuple[str, ...]
    suspicion: Mapping[Line, float]
    sources: Mapping[str, bytes]
    covering: Mapping[Line, frozenset[str]]


def starting_point(request: Request, home: str, limits: Limits) -> StartingPoint:
    """Run the suite on the working tree, traced; raises AutonavError where there is nothing to explore."""
    checkout = materialise(request.root, request.environment, request.tree, home, "base")
    base, lines = traced(request, checkout, limits)
    outcome = base.outcomes.get(request.test)
    if outcome is None:
        raise NotFound(f"pytest finds no test {request.test}", f"it collects {base.tests.collected} tests")
    if outcome is Outcome.PASSED:
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
    sources = _sources(checkout, sorted({path for path, _ in suspicion}))
    held = {line: frozenset(tests) for line, tests in covering.items()}
    return StartingPoint(base, targets, suspicion, sources, held)


def traced(request: Request, checkout: str, limits: Limits) -> tuple[Evaluation, dict[str, set[Line]]]:
    """Return the suite as it ran, and the lines that each test ran, tests' own left out; raises Unavailable without one."""
    tests = detect(request.root, request.interpreter)
    if tests is None:
        raise Unavailable(f"no tests were recognised in {request.root}", "so far pytest projects are")
    sandbox = choose(request.sandbox, (*OWN_CODE, *request.required))
    longer = Limits(limits.cpu_seconds * TRACE_FACTOR, limits.wall_seconds * TRACE_FACTOR)

    def run(*ids: str, trace: bool) -> Run:
        return run_tests(sandbox, tests, checkout, request.root, longer if trace else limits, ids, trace=trace)

    traced = run(trace=True)
    if traced.evaluation.problem and not traced.broken:
        # Too slow to trace as a whole: trace the target's file, and take the outcomes untraced.
        near = run(request.test.partition("::")[0], trace=True)
        traced = Run(run(trace=False).evaluation, near.lines, near.broken)
    base = traced.evaluation
    if base.problem:
        tail = base.commands[-1].output.strip()[-400:]
        raise Unavailable(f"the tests cannot be judged: {base.problem}", f"pytest said: {tail}")
    return base, {
        test: {(path, line) for path, found in ran.items() if not is_off_limits(path) for line in found}
        for test, ran in traced.lines.items()
    }


def is_off_limits(path: str) -> bool:
    """Return whether candidates must leave a file alone: tests, and what lies outside the checkout."""
    return path.startswith("..") or os.path.isabs(path) or TOOLCHAIN.is_test_file(path)


def _sources(checkout: str, paths: Sequence[str]) -> dict[str, bytes]:
    found = {}
    for path in paths:
        absolute = os.path.join(checkout, path)
        if path.endswith(tuple(TOOLCHAIN.suffixes)) and os.path.isfile(absolute) and not os.path.islink(absolute):
            with open(absolute, "rb") as file:
                found[path] = file.read()
    return found
