"""One exploration from a failing test to verified candidates; blocking, and run by the explorer process."""

import difflib
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import NamedTuple

from blake3 import blake3

from autonav_analysis import rewrites
from autonav_analysis.rewrite import Rewrite
from autonav_analysis.search.enumeration import STAGE, STRATEGY, enumeration
from autonav_analysis.search.localisation import Line, ochiai
from autonav_analysis.search.proposals import apply, proposals, still_parses
from autonav_analysis.search.ranking import difference, rank
from autonav_analysis.search.verdicts import verdict
from autonav_protocol.collect import collect
from autonav_protocol.errors import BadRequest, NotFound, Unavailable
from autonav_protocol.values.candidate import Candidate, Proposal
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.evaluation import Outcome as TestOutcome
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.checkouts import materialise, write
from autonav_server.evaluation.evaluate import Run, run_tests
from autonav_server.evaluation.messages import Outcome, Progress, Request
from autonav_server.evaluation.warm import WarmRunner
from autonav_server.sandbox import OWN_CODE, Sandbox, choose
from autonav_server.toolchain import Tests
from autonav_server.toolchains.python import TOOLCHAIN, detect

PATIENCE = 4
TRACE_FACTOR = 6
"""How much longer than untraced tests traced ones may take."""


@dataclass(frozen=True)
class Bench:
    """What every run of the tests shares."""

    request: Request
    home: str
    sandbox: Sandbox
    tests: Tests
    limits: Limits

    def checkout(self, name: str) -> str:
        """Return a fresh checkout of the working tree."""
        return materialise(self.request.root, self.request.environment, self.request.tree, self.home, name)

    def run(self, checkout: str, *ids: str, trace: bool = False, stop_at_failure: bool = False) -> Run:
        """Run the tests of a checkout."""
        limits = self.limits
        if trace:
            limits = Limits(limits.cpu_seconds * TRACE_FACTOR, limits.wall_seconds * TRACE_FACTOR)
        return run_tests(
            self.sandbox,
            self.tests,
            checkout,
            self.request.root,
            limits,
            ids,
            trace=trace,
            stop_at_failure=stop_at_failure,
        )


class Patience(NamedTuple):
    """CPU seconds that a candidate gets for the target alone and for the whole suite."""

    target: int
    suite: int


@dataclass
class _Tally:
    """What the workers have found so far; guarded by its lock."""

    tried: int = 0
    passed_target: int = 0
    found: list[tuple[Proposal, bytes, Evaluation]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def search(request: Request, home: str, report: Callable[[Progress], None]) -> Outcome:
    """Explore and return what was found; raises AutonavError where there is nothing to explore."""
    started = time.monotonic()
    bench = _bench(request, home)
    report(Progress(message="running the tests as they are"))
    checkout = bench.checkout("base")
    base, suspicion = _base(bench, checkout)
    sources = _sources(checkout, suspicion)
    order = enumeration(proposals(sources, suspicion))
    total = len(order.waiting)
    if not total:
        raise NotFound(
            f"{request.test} runs no code that a rewrite applies to", "it must run functions of this worktree"
        )
    report(Progress(message=f"{total} candidates"))
    tally = _Tally()
    deadline = started + request.seconds
    _judge(bench, base, list(order.waiting), sources, tally, report, deadline)
    return _outcome(bench, base, tally, suspicion, sources, total, time.monotonic() - started)


def _bench(request: Request, home: str) -> Bench:
    tests = detect(request.root, request.interpreter)
    if tests is None:
        raise Unavailable(f"no tests were recognised in {request.root}", "so far pytest projects are")
    cpu = max(1, round(request.test_seconds))
    return Bench(
        request,
        home,
        choose(request.sandbox, (*OWN_CODE, *request.required)),
        tests,
        Limits(cpu, wall_seconds=4 * cpu + 10),
    )


def _base(bench: Bench, checkout: str) -> tuple[Evaluation, Mapping[Line, float]]:
    """Run the suite on the working tree, traced; return its evaluation and the suspicion of each line."""
    target = bench.request.test
    traced = bench.run(checkout, trace=True)
    if traced.evaluation.problem and not traced.broken:
        # Too slow to trace as a whole: trace the target's file, and take the outcomes untraced.
        near = bench.run(checkout, target.partition("::")[0], trace=True)
        traced = Run(bench.run(checkout).evaluation, near.lines, near.broken)
    base = traced.evaluation
    if base.problem:
        tail = base.commands[-1].output.strip()[-400:]
        raise Unavailable(f"the tests cannot be judged: {base.problem}", f"pytest said: {tail}")
    outcome = base.outcomes.get(target)
    if outcome is None:
        raise NotFound(f"pytest finds no test {target}", f"it collects {base.tests.collected} tests")
    if outcome is TestOutcome.PASSED:
        raise BadRequest(f"{target} passes already")
    lines = {
        test: {(path, line) for path, found in ran.items() if not _is_off_limits(path) for line in found}
        for test, ran in traced.lines.items()
    }
    passing = [ran for test, ran in lines.items() if base.outcomes.get(test) is TestOutcome.PASSED]
    return base, ochiai([lines.get(target, set())], passing)


def _sources(checkout: str, suspicion: Mapping[Line, float]) -> dict[str, bytes]:
    found = {}
    for path in sorted({path for path, _ in suspicion}):
        absolute = os.path.join(checkout, path)
        if path.endswith(tuple(TOOLCHAIN.suffixes)) and os.path.isfile(absolute) and not os.path.islink(absolute):
            with open(absolute, "rb") as file:
                found[path] = file.read()
    return found


def _is_off_limits(path: str) -> bool:
    """Return whether candidates must leave a file alone: tests, and what lies outside the checkout."""
    return path.startswith("..") or os.path.isabs(path) or TOOLCHAIN.is_test_file(path)


def _judge(
    bench: Bench,
    base: Evaluation,
    waiting: list[Proposal],
    sources: Mapping[str, bytes],
    tally: _Tally,
    report: Callable[[Progress], None],
    deadline: float,
) -> None:
    """Judge proposals in order, several at a time, until enough are verified or the budget is spent."""
    request = bench.request
    free = [
        WarmRunner(bench.sandbox, bench.tests, bench.checkout(f"worker-{number}"), request.root, bench.limits)
        for number in range(request.workers)
    ]
    patience = _patience(base, free, request)
    upcoming = iter(waiting)
    running: set[Future[None]] = set()

    def done() -> bool:
        spent = tally.tried >= request.evaluations or time.monotonic() >= deadline
        return spent or len(tally.found) >= request.stop_after

    def one(proposal: Proposal, runner: WarmRunner) -> None:
        try:
            _judge_one(bench, base, proposal, sources, runner, patience, tally)
        finally:
            with tally.lock:
                free.append(runner)
            counts = f"{tally.tried} tried · {tally.passed_target} pass this test · {len(tally.found)} pass all"
            report(Progress(tally.tried, tally.passed_target, len(tally.found), counts))

    with ThreadPoolExecutor(request.workers) as pool:
        while not done():
            while len(running) < request.workers and not done() and (proposal := next(upcoming, None)) is not None:
                edit = proposal.edits[0]
                if not still_parses(edit.path, sources[edit.path], apply(sources[edit.path], edit)):
                    continue
                with tally.lock:
                    tally.tried += 1
                    runner = free.pop()
                running.add(pool.submit(one, proposal, runner))
            if not running:
                break
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for each in finished:
                each.result()
        for each in running:
            each.result()
    for runner in free:
        runner.close()


def _patience(base: Evaluation, runners: list[WarmRunner], request: Request) -> Patience:
    """Time the target and the suite as they are, warm, and allow a candidate several times that.

    Where warm runs see other outcomes than the fresh one did, they are not used.
    """
    runner = runners[0]
    most = max(1, round(request.test_seconds))
    target = runner.run(request.test, cpu_seconds=most)
    suite = runner.run(cpu_seconds=most)
    if suite.outcomes != base.outcomes:
        for each in runners:
            each.distrust()
    return Patience(
        min(most, 1 + math.ceil(PATIENCE * target.seconds)), min(most, 2 + math.ceil(PATIENCE * suite.seconds))
    )


def _judge_one(
    bench: Bench,
    base: Evaluation,
    proposal: Proposal,
    sources: Mapping[str, bytes],
    runner: WarmRunner,
    patience: Patience,
    tally: _Tally,
) -> None:
    """Try the target alone, then the whole suite, warm; then all of it again where nothing has run before."""
    edit = proposal.edits[0]
    changed = apply(sources[edit.path], edit)
    target = bench.request.test
    write(runner.checkout, {edit.path: changed})
    try:
        first = runner.run("-x", target, cpu_seconds=patience.target)
        if first.outcomes.get(target) is not TestOutcome.PASSED:
            return
        with tally.lock:
            tally.passed_target += 1
        if not verdict(base, runner.run(cpu_seconds=patience.suite), target).passes:
            return
    finally:
        write(runner.checkout, {edit.path: sources[edit.path]})
    fresh = bench.checkout(f"fresh-{blake3(changed).hexdigest(length=6)}")
    write(fresh, {edit.path: changed})
    proof = bench.run(fresh).evaluation
    if verdict(base, proof, target).passes:
        with tally.lock:
            tally.found.append((proposal, changed, proof))


def _outcome(
    bench: Bench,
    base: Evaluation,
    tally: _Tally,
    suspicion: Mapping[Line, float],
    sources: Mapping[str, bytes],
    total: int,
    seconds: float,
) -> Outcome:
    request = bench.request
    weights = {name: each.weight for name, each in collect(rewrites, "REWRITE", Rewrite).items()}
    titles = {name: each.title for name, each in collect(rewrites, "REWRITE", Rewrite).items()}
    found = [proposal for proposal, _, _ in tally.found]
    suspected = [suspicion.get((each.edits[0].path, each.line), 0.0) for each in found]
    candidates, contents = [], {}
    differences = [difference(sources[each.edits[0].path], changed) for each, changed, _ in tally.found]
    for index, reasons in rank(found, weights, suspected, differences):
        proposal, changed, proof = tally.found[index]
        path = proposal.edits[0].path
        identity = blake3(b"\0".join((request.tree.encode(), path.encode("utf-8", "surrogateescape"), changed)))
        candidate = Candidate(
            id=identity.hexdigest(length=8),
            run=request.run,
            title=_title(sources[path], changed, titles[proposal.rewrite]),
            path=path,
            line=proposal.line,
            diff=_diff(path, sources[path], changed),
            verified=True,
            strategy=STRATEGY,
            stage=STAGE,
            test=request.test,
            tests=proof.tests,
            rank_reasons=reasons,
            rewrite=proposal.rewrite,
            base=request.tree,
            evaluation=proof,
        )
        candidates.append(candidate)
        contents[candidate.id] = {path: changed.decode("utf-8", "surrogateescape")}
    said = (
        f"{tally.tried} of {total} candidates tried in {seconds:.1f} s by {STRATEGY} ({STAGE}): "
        f"{tally.passed_target} passed {request.test}, {len(candidates)} verified"
    )
    return Outcome(tuple(candidates), contents, base, tally.tried, total, round(seconds, 3), said)


def _title(before: bytes, after: bytes, rewrite: str) -> str:
    """Return the changed line, before and after, or the rewrite's title where more than a line changed."""
    old, new = before.decode("utf-8", "replace").splitlines(), after.decode("utf-8", "replace").splitlines()
    changed = [(one.strip(), other.strip()) for one, other in zip(old, new, strict=False) if one != other]
    if len(old) == len(new) and len(changed) == 1:
        return f"`{changed[0][0][:60]}` → `{changed[0][1][:60]}`"
    added = [line.strip() for line in new if line not in old][:1]
    return f"{rewrite}: `{added[0][:60]}`" if added else rewrite


def _diff(path: str, before: bytes, after: bytes) -> str:
    old, new = (data.decode("utf-8", "surrogateescape").splitlines(keepends=True) for data in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
