"""One exploration from a failing test to verified candidates; blocking, and run by the explorer process."""

import math
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from autonav_analysis.learning.replaying import first_order
from autonav_analysis.search import strategies
from autonav_analysis.search.asktell import Ask, Search, ask, begin, replay, tell
from autonav_analysis.search.expansion import expansion, parses, touched
from autonav_analysis.search.rewards import Result
from autonav_analysis.search.states import State
from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import expanded, root_of
from autonav_analysis.search.verdicts import verdict
from autonav_protocol.collect import collect
from autonav_protocol.errors import BadRequest, NotFound
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.evaluation import Outcome as TestOutcome
from autonav_server.confinement.job import Limits
from autonav_server.confinement.live import at_the_end
from autonav_server.evaluation.asking import ask_proposers
from autonav_server.evaluation.doubts import doubts
from autonav_server.evaluation.journal import Journal
from autonav_server.evaluation.messages import Outcome, Progress, Request
from autonav_server.evaluation.outcome import Spent, Verified, candidates_of, outcome_of
from autonav_server.evaluation.pool import Pool
from autonav_server.evaluation.recording import kept_record
from autonav_server.evaluation.searching import is_stopped
from autonav_server.evaluation.small_faults import used
from autonav_server.evaluation.starting_point import StartingPoint, starting_point
from autonav_server.evaluation.work import Setup, Work, evaluate

PATIENCE = 4
"""How many times what the tests take as they are a candidate may take."""

MOST_NEAR = 50
"""So many of the passing tests that run a touched line are asked before the whole suite is."""


RIVALS_SHARE, LEAST_RIVALS, RIVAL_SECONDS = 0.25, 20, (3.0, 10.0)
"""How long rivals of the first verified candidate are looked for: a part of the search so far, within limits."""


STOP_SECONDS = 0.2
"""How long it takes until a search that is told to stop is looked at again."""


@dataclass
class _Trial:
    """A state under trial: what was seen of it so far, the CPU seconds that took, and the step that runs now."""

    asked: Ask
    step: str = "targets"
    passed: tuple[bool, ...] = ()
    seconds: float = 0.0


class _Rivals(NamedTuple):
    """Until when rivals of the first verified candidate are looked for: so many evaluations, or that time."""

    evaluations: int
    deadline: float


@dataclass
class _Run:
    """An exploration under way; only its own thread touches it."""

    request: Request
    start: StartingPoint
    search: Search
    setup: Setup
    journal: Journal
    target_seconds: int
    suite_seconds: int
    is_warm: bool
    report: Callable[[Progress], None]
    started: float = field(default_factory=time.monotonic)
    passed_target: int = 0
    cpu_seconds: float = 0.0
    rivals: _Rivals | None = None
    found: list[Verified] = field(default_factory=list)
    asked: tuple[str, ...] = ()


def search(request: Request, home: str, report: Callable[[Progress], None]) -> Outcome:
    """Explore and return what was found; raises AutonavError where there is nothing to explore."""
    started = time.monotonic()
    cpu = max(1, round(request.test_seconds))
    limits = Limits(cpu, wall_seconds=4 * cpu + 10)
    report(Progress(message="running the tests as they are"))
    start = starting_point(request, home, limits)
    setup = Setup(
        request.root, tuple(request.environment.items()), request.tree, request.sandbox, request.required,
        request.interpreter, start.limits, tuple(start.base.outcomes.items()), start.project, start.kept,
        start.test_seconds,
    )  # fmt: skip
    with Pool(request.workers) as pool:
        at_the_end(lambda: pool.shutdown(cancel_futures=True))
        try:
            run = _begun(request, start, setup, pool, report)
            total = len(expanded(run.search.tree, root_of(run.search.tree)).proposals)
            if not total:
                said = f"{request.test} runs no code that a rewrite applies to"
                raise NotFound(said, start.said or "it must run functions of this worktree")
            report(Progress(message=f"{total} candidates"))
            _search(run, pool, time.monotonic() + request.seconds, home)
            run.journal.end(run.cpu_seconds)
            took = time.monotonic() - started
            unrecorded = kept_record(
                request, start, run.search, run.journal, time.monotonic() - run.started, run.cpu_seconds
            )
            shown = candidates_of(request, start, run.search, run.found)
            shown, notes, cpu = doubts(
                request, start, setup, shown, pool, home, report, took=took, seconds=run.suite_seconds
            )  # fmt: skip
        finally:
            pool.shutdown(cancel_futures=True)
    located = (start.said,) if start.said else ()
    stopped = ("stopped before its budget was spent",) if is_stopped(request.folder) else ()
    spent = Spent(time.monotonic() - started, run.cpu_seconds + cpu, total, run.passed_target)
    said = (*located, *notes, *run.asked, *stopped, *unrecorded)
    return replace(outcome_of(request, start, run.search, shown, spent, said), asked=run.asked)


def _search(run: _Run, pool: Executor, deadline: float, home: str) -> None:
    """Spend the budget on our own candidates, or on those and then on what proposers offer."""
    request = run.request
    if request.asking is None:
        _explore(run, pool, deadline, request.evaluations)
        return
    _explore(run, pool, deadline, run.search.tree.first_order)
    if not (_is_enough(run) or _is_spent(run)):
        run.asked = ask_proposers(request, run.start, run.search, home, deadline, run.report)
        _explore(run, pool, deadline, request.evaluations)


def _begun(
    request: Request,
    start: StartingPoint,
    setup: Setup,
    pool: Executor,
    report: Callable[[Progress], None],
) -> _Run:
    known = collect(strategies, "STRATEGY", Strategy)
    if request.asking is not None and request.strategy != "staged":
        raise BadRequest(f"{request.strategy} asks nobody", "leave --strategy out, or --ask")
    if request.strategy not in known:
        raise BadRequest(f"there is no strategy {request.strategy}", f"there are {', '.join(known)}")

    found = _search_of(request, start, known[request.strategy])
    journal = Journal(request.folder, request)
    if journal.entries and replay(found, journal.entries) < len(journal.entries):
        found = _search_of(request, start, known[request.strategy])
        journal.restart()
    target, suite, is_warm = _patience(request, start, setup, pool)
    return _Run(
        request,
        start,
        found,
        setup,
        journal,
        target,
        suite,
        is_warm,
        report,
        cpu_seconds=journal.cpu_seconds,
    )


def _search_of(request: Request, start: StartingPoint, strategy: Strategy) -> Search:
    tuning = request.tuning
    return begin(
        start.sources, expansion(start.sources, start.suspicion, tuning.weights), len(start.targets), strategy,
        seed=request.seed, first_order=first_order(request.evaluations, tuning), tuning=tuning,
    )  # fmt: skip


def _patience(request: Request, start: StartingPoint, setup: Setup, pool: Executor) -> tuple[int, int, bool]:
    """Time the targets and the suite as they are, warm, and allow a candidate several times that.

    The first target that does not end is waited for once. Where warm runs see other outcomes than the fresh one did,
    none is believed.
    """
    most = max(1, round(request.test_seconds))
    works = [Work(setup, {}, ids, most) for ids in (start.targets, ())]
    target, suite = (pool.submit(evaluate, work).result() for work in works)
    late = start.test_seconds
    return (
        min(most, 1 + math.ceil(PATIENCE * max(0.0, target.seconds - late) + late)),
        min(most, 2 + math.ceil(PATIENCE * suite.seconds)),
        suite.outcomes == start.base.outcomes,
    )


def _explore(run: _Run, pool: Executor, deadline: float, most: int) -> None:
    """Judge states as the strategy asks for them until enough are verified or the budget is spent."""
    running = dict[Future[Evaluation], _Trial]()
    waiting = list(run.search.outstanding.values())  # of an exploration that goes on
    while time.monotonic() < deadline and not (_is_enough(run) or _is_spent(run)):
        _begin_trials(run, pool, running, waiting, most)
        if running:
            _take_in(run, pool, running, deadline)
        elif run.search.evaluated >= most or (run.search.ran_dry and not run.search.outstanding):
            return


def _begin_trials(
    run: _Run, pool: Executor, running: dict[Future[Evaluation], _Trial], waiting: list[Ask], most: int
) -> None:
    """Begin as many trials as there are workers left and evaluations to spend."""
    workers = run.request.workers
    if len(running) < workers and run.search.evaluated + len(running) < most:
        waiting += ask(run.search, workers - len(running) - len(waiting))
    while waiting and len(running) < workers and run.search.evaluated + len(running) < most:
        trial = _Trial(waiting.pop(0))
        if parses(run.start.sources, trial.asked.state):
            _submit(run, trial, pool, running)
        else:
            _tell(run, trial, Result((), refused=True))


def _take_in(run: _Run, pool: Executor, running: dict[Future[Evaluation], _Trial], deadline: float) -> None:
    """Wait a moment for what runs, and tell the search of each trial that has come to its end."""
    until = min(deadline, run.rivals.deadline if run.rivals else deadline)
    left = min(STOP_SECONDS, max(0.0, until - time.monotonic()))
    for future in wait(running, timeout=left, return_when=FIRST_COMPLETED).done:
        trial, seen = running.pop(future), future.result()
        run.cpu_seconds += used(seen)
        trial.seconds += used(seen)
        if (result := _next_step(run, trial, seen)) is None:
            _submit(run, trial, pool, running)
        else:
            _tell(run, trial, result)


def _is_enough(run: _Run) -> bool:
    """Return whether as many candidates are verified as were asked for, or rivals of the first were looked for."""
    if run.request.stop_after is not None:
        return len(run.found) >= run.request.stop_after
    if not run.found:
        return False
    if run.rivals is None:
        more = max(LEAST_RIVALS, round(RIVALS_SHARE * run.search.evaluated))
        least, longest = RIVAL_SECONDS
        seconds = min(longest, max(least, RIVALS_SHARE * (time.monotonic() - run.started)))
        run.rivals = _Rivals(run.search.evaluated + more, time.monotonic() + seconds)
    return run.search.evaluated >= run.rivals.evaluations or time.monotonic() >= run.rivals.deadline


def _is_spent(run: _Run) -> bool:
    if is_stopped(run.request.folder):
        return True
    return run.request.cpu_seconds is not None and run.cpu_seconds >= run.request.cpu_seconds


def _submit(run: _Run, trial: _Trial, pool: Executor, running: dict[Future[Evaluation], _Trial]) -> None:
    state = trial.asked.state
    contents = {path: state.sources[path] for path in touched(run.start.sources, state)}
    ids: tuple[str, ...] = ()
    if trial.step == "targets":
        ids = run.start.targets
    elif trial.step == "near":
        ids = _near(run, state)
    seconds = run.target_seconds if trial.step == "targets" else run.suite_seconds
    if trial.step == "proof":
        seconds = max(1, round(run.request.test_seconds))
    fresh = trial.step == "proof" or not run.is_warm
    running[pool.submit(evaluate, Work(run.setup, contents, ids, seconds, fresh, fast=not fresh))] = trial


def _next_step(run: _Run, trial: _Trial, seen: Evaluation) -> Result | None:
    """Return what became of a trial, None where it goes on: the targets, what is near, the suite, and that again, fresh."""
    start = run.start
    if trial.step == "targets":
        trial.passed = tuple(seen.outcomes.get(test) is TestOutcome.PASSED for test in start.targets)
        if not any(trial.passed):
            return Result(trial.passed)
        run.passed_target += trial.passed[0]
        trial.step = "near" if _near(run, trial.asked.state) else "suite"
        return None
    if trial.step == "near":
        if any(
            seen.outcomes.get(test, TestOutcome.PASSED) is not TestOutcome.PASSED
            for test in _near(run, trial.asked.state)
        ):
            return Result(trial.passed, broken=True)
        trial.step = "suite"
        return None
    solved = verdict(start.base, seen, run.request.test)
    if trial.step == "suite":
        if trial.passed[0] and solved.passes:
            trial.step = "proof"
            return None
        return Result(trial.passed, broken=_breaks(start.base, seen))
    if solved.passes:
        run.found.append(Verified(trial.asked, seen, run.search.evaluated + 1))
    return Result(trial.passed, broken=not solved.passes)


def _tell(run: _Run, trial: _Trial, result: Result) -> None:
    tell(run.search, [(trial.asked.id, result)])
    verified = any(each.asked.id == trial.asked.id for each in run.found)
    run.journal.append(run.search.record[-1], run.cpu_seconds, trial.seconds, verified=verified)
    tried, passed, verified = run.search.evaluated, run.passed_target, len(run.found)
    if not result.refused:
        said = f"{tried} tried · {passed} pass this test · {verified} pass all"
        run.report(Progress(tried, passed, verified, said))


def _near(run: _Run, state: State) -> tuple[str, ...]:
    """Return the passing tests that run the lines a state touches, where these are few."""
    covering = run.start.covering
    lines = {(edit.path, proposal.line) for proposal in state.edits for edit in proposal.edits}
    tests = sorted({test for line in lines for test in covering.get(line, ())})
    passing = sum(each is TestOutcome.PASSED for each in run.start.base.outcomes.values())
    return tuple(tests) if len(tests) <= min(MOST_NEAR, passing // 2) else ()


def _breaks(base: Evaluation, seen: Evaluation) -> bool:
    """Return whether a run did not come to its end, or a test that passed does not."""
    if seen.problem:
        return True
    passed = [test for test, outcome in base.outcomes.items() if outcome is TestOutcome.PASSED]
    return any(seen.outcomes.get(test) is not TestOutcome.PASSED for test in passed)
