"""Simplifying one function under its tests; blocking, and run by the explorer process."""

import math
import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace

from blake3 import blake3

from autonav_analysis.complexity.measure import measure
from autonav_analysis.findings import counted
from autonav_analysis.simplify import Simplified, Simplifying, ask, begin, outcome, tell
from autonav_analysis.syntax.grammars import language_for, load
from autonav_protocol.errors import NotFound, Unavailable
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.evaluation import Outcome as TestOutcome
from autonav_server.confinement.job import Limits
from autonav_server.confinement.live import at_the_end
from autonav_server.evaluation.checkouts import materialise
from autonav_server.evaluation.messages import Outcome, Progress, Request, SimplifyRequest
from autonav_server.evaluation.outcome import unified_diff
from autonav_server.evaluation.pool import Pool
from autonav_server.evaluation.small_faults import holds, noticed
from autonav_server.evaluation.starting_point import traced
from autonav_server.evaluation.tested import explorable
from autonav_server.evaluation.work import Setup, Work, evaluate

PATIENCE = 4
MUTANTS = 20
"""How many small faults are put into the function to see how many of them its tests notice."""

ENOUGH_NOTICED = 0.8
Report = Callable[[Progress], None]


@dataclass(frozen=True)
class _Bench:
    """What every run shares: how, for how long, and the tests that run the function."""

    request: SimplifyRequest
    setup: Setup
    base: Evaluation
    covering: tuple[str, ...]
    seconds: int


def simplify(request: SimplifyRequest, home: str, report: Report) -> Outcome:
    """Lower the complexity of a function and return the candidate, if any; raises AutonavError where that cannot be."""
    started = time.monotonic()
    cpu = max(1, round(request.test_seconds))
    limits = Limits(cpu, wall_seconds=4 * cpu + 10)
    report(Progress(message="running the tests as they are"))
    checkout = materialise(request.root, request.environment, request.tree, home, "base")
    source = _source(checkout, request.path)
    function = _function(request, source)
    projects = explorable(request.root, checkout, request.path, request.interpreter)
    seen = traced(_as_request(request), projects[0], checkout, home, limits)
    base, lines = seen.base, seen.lines
    inside = {(request.path, line) for line in range(function.line + 1, function.end_line + 1)}
    passing = [test for test, each in base.outcomes.items() if each is TestOutcome.PASSED]
    covering = tuple(sorted(test for test in passing if inside & lines.get(test, set())))
    setup = Setup(
        request.root, tuple(request.environment.items()), request.tree, request.sandbox, request.required,
        request.interpreter, limits, tuple(base.outcomes.items()),
    )  # fmt: skip
    # What no test runs is only changed where nothing can go wrong.
    search = begin(source, request.function, constructed_only=request.constructed_only or not covering)
    if search is None:
        raise Unavailable(f"{request.path} cannot be simplified", "its syntax is broken, or its lines end in CRLF")
    with Pool(request.workers) as pool:
        at_the_end(lambda: pool.shutdown(cancel_futures=True))
        took = pool.submit(evaluate, Work(setup, {}, covering, cpu)).result().seconds if covering else 0.0
        bench = _Bench(request, setup, base, covering, min(cpu, 1 + math.ceil(PATIENCE * took)))
        _search(bench, search, pool, started + request.seconds, report)
        result = outcome(search)
        if not result.steps:
            said = f"{function.name} has cognitive complexity {function.cognitive}; {result.asked} tried, nothing was worth it"
            return Outcome((), {}, base, result.asked, 0, round(time.monotonic() - started, 3), said)
        report(Progress(result.asked, message="running all tests again, fresh"))
        proof = pool.submit(evaluate, Work(setup, {request.path: result.source}, (), cpu, fresh=True)).result()
        report(Progress(result.asked, message="seeing how many small faults the tests notice"))
        faults = _noticed(bench, source, function, pool) if covering else None
    candidate = _candidate(bench, source, function, result, proof, faults)
    said = f"{candidate.title}; {result.asked} tried, {'; '.join(candidate.rank_reasons)}"
    contents = {candidate.id: {request.path: result.source.decode("utf-8", "surrogateescape")}}
    return Outcome((candidate,), contents, base, result.asked, result.asked, round(time.monotonic() - started, 3), said)


def _search(bench: _Bench, search: Simplifying, pool: Executor, deadline: float, report: Report) -> None:
    request, running = bench.request, dict[Future[Evaluation], bytes]()
    while time.monotonic() < deadline and search.asked <= request.evaluations:
        for source in ask(search, request.workers - len(running)):
            if not bench.covering:
                tell(search, source, holds=True)  # nothing but what is equivalent by construction
                continue
            work = Work(bench.setup, {request.path: source}, bench.covering, bench.seconds, fast=False)
            running[pool.submit(evaluate, work)] = source
        if not running:
            if not ask_more(search):
                return
            continue
        for future in wait(running, timeout=max(0.0, deadline - time.monotonic()), return_when=FIRST_COMPLETED).done:
            tell(search, running.pop(future), holds=holds(future.result(), bench.covering))
            report(Progress(search.asked, message=f"{counted(search.asked, 'change')} tried"))


def ask_more(search: Simplifying) -> bool:
    """Return whether there is something left to ask."""
    return bool(search.waiting) and not search.outstanding


def _noticed(bench: _Bench, source: bytes, function: FunctionComplexity, pool: Executor) -> tuple[int, int]:
    """Return how many of some small faults in the function its tests notice, and of how many."""
    path, until = bench.request.path, time.monotonic() + bench.request.seconds
    lines = {path: range(function.line + 1, function.end_line + 1)}
    found = noticed(
        pool, bench.setup, {path: source}, lines, bench.covering, bench.seconds, most=MUTANTS, until=until
    )  # fmt: skip
    return found.faults, found.tried


def _candidate(
    bench: _Bench,
    source: bytes,
    function: FunctionComplexity,
    result: Simplified,
    proof: Evaluation,
    faults: tuple[int, int] | None,
) -> Candidate:
    request = bench.request
    passing = [test for test, each in bench.base.outcomes.items() if each is TestOutcome.PASSED]
    proved = faults is not None and faults[1] > 0 and faults[0] / faults[1] >= ENOUGH_NOTICED
    is_proved = holds(proof, passing)
    reasons = [f"{step.title} at line {step.line}: {step.proof}" for step in result.steps]
    if faults is None:
        reasons.append("no test runs it: only what is equivalent by construction was done")
    else:
        reasons.append(f"its tests notice {faults[0]} of {faults[1]} small faults put into it")
    if result.suggest_only and not proved:
        reasons.append("a suggestion: a step needs a check that these tests are not")
    name = (result.helpers and f", with {', '.join(result.helpers)}") or ""
    return Candidate(
        id=blake3(b"\0".join((request.tree.encode(), request.path.encode(), result.source))).hexdigest(length=8),
        run=request.run,
        title=f"simplify {function.name}: cognitive complexity {result.before} to {result.after}{name}",
        path=request.path,
        line=function.line,
        diff=unified_diff(request.path, source, result.source),
        verified=is_proved and (not result.suggest_only or proved),
        strategy="simplify",
        stage="simplify",
        tests=proof.tests,
        rank_reasons=tuple(reasons),
        rewrite="+".join(step.simplification for step in result.steps),
        base=request.tree,
        evaluation=replace(proof),
    )


def _source(checkout: str, path: str) -> bytes:
    try:
        with open(os.path.join(checkout, path), "rb") as file:
            return file.read()
    except OSError as error:
        raise NotFound(f"there is no file {path}", "name it relative to the root") from error


def _function(request: SimplifyRequest, source: bytes) -> FunctionComplexity:
    language = language_for(request.path)
    if language is None or language.name != "python":
        raise Unavailable(f"{request.path} is not Python", "so far Python functions are simplified")
    functions = measure(request.path, source, load(language))
    wanted = request.function
    if isinstance(wanted, int):
        found = [each for each in functions if each.line <= wanted <= each.end_line]
        found.sort(key=lambda each: each.end_line - each.line)
    else:
        found = [each for each in functions if each.name == wanted]
    if not found:
        raise NotFound(f"{request.path} has no function {wanted}", "autonav complexity lists them")
    return found[0]


def _as_request(request: SimplifyRequest) -> Request:
    return Request(
        request.root, request.environment, request.tree, "", request.run, request.seconds, request.evaluations,
        request.workers, request.sandbox, request.interpreter, request.required, request.test_seconds, 1, "", 0, "",
    )  # fmt: skip
