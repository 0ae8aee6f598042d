"""Running a project's tests once in a sandbox, and reading what they said."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from autonav_protocol.values.evaluation import CommandRun, Evaluation, Failure, Outcome, TestCounts
from autonav_server.confinement.channel import Channel, Reader, new_key
from autonav_server.confinement.job import Job, Limits
from autonav_server.confinement.supervise import supervise
from autonav_server.sandbox import Sandbox
from autonav_server.toolchain import Tests

PLUGIN = os.path.join(os.path.dirname(__file__), "plugin")
OUTPUT_TAIL = 4000
SECRET = re.compile(r"(?i)\b([\w-]*(?:token|secret|password|api[_-]?key)[\w-]*\s*[=:]\s*)\S+")

WORSE = {Outcome.PASSED: 0, Outcome.SKIPPED: 1, Outcome.FAILED: 2, Outcome.ERROR: 3}
STOPPED = {
    "wall": "the tests were stopped at the time limit",
    "disk": "the tests were stopped at the limit of what they may write",
    "memory": "the tests ran out of memory",
}
NOT_LOOKED_INTO = frozenset(("node_modules", "__pycache__", ".git"))
OUT_OF_TIME = (-signal.SIGXCPU, 128 + signal.SIGXCPU)
"""Exit codes of what the kernel ended at its limit, alone and as the child of a shell or a sandbox."""

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Run:
    """An evaluation, and in trace mode the lines that each test ran, by root-relative path."""

    evaluation: Evaluation
    lines: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)


class Used(NamedTuple):
    """What a run used: bytes of memory at one time, and CPU seconds; None where nobody knows."""

    peak_memory: int | None = None
    cpu_seconds: float | None = None


class Guarded:
    """The tests of a checkout as they are now, to be compared with what they are after a run."""

    def __init__(self, checkout: str, is_test_file: Callable[[str], bool]) -> None:
        paths: list[str] = []
        for folder, folders, names in os.walk(checkout):
            folders[:] = [name for name in folders if name not in NOT_LOOKED_INTO]
            listed = (os.path.join(folder, name) for name in names if not name.endswith(".pyc"))
            paths += [path for path in listed if is_test_file(os.path.relpath(path, checkout))]
            paths.append(os.path.join(folder, "conftest.py"))  # where there is none now, one may appear
        self._checkout = checkout
        self._stamps = {path: _stamp(path) for path in paths}

    def changed(self) -> list[str]:
        """Return the tests that were changed, removed, or added where they decide how others run."""
        found = [path for path, stamp in self._stamps.items() if _stamp(path) != stamp]
        return sorted(os.path.relpath(path, self._checkout) for path in found)


def _stamp(path: str) -> Stamp | None:
    """Return what no program without privileges can set: when the file was last changed, in nanoseconds, and which it is."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_ctime_ns


def run_tests(
    sandbox: Sandbox,
    tests: Tests,
    checkout: str,
    root: str,
    limits: Limits,
    ids: Sequence[str] = (),
    *,
    trace: bool = False,
    stop_at_failure: bool = False,
) -> Run:
    """Run the tests of a checkout (all, or those named) and return what became of them.

    The time limit that decides is CPU time; wall time only ends what hangs.
    """
    argv = [*tests.argv, *(("-x",) if stop_at_failure else ()), *ids]
    key = new_key()
    channel = Channel(os.path.dirname(checkout))
    try:
        channel.send({"key": key})
        job = job_for(sandbox, tests, checkout, root, limits, argv, channel, trace=trace)
        guarded = Guarded(checkout, tests.is_test_file)
        started = time.monotonic()
        finished = supervise(sandbox.start(job), job)
        seconds = time.monotonic() - started
        seen = os.path.join(sandbox.inside(job), tests.folder)
    finally:
        channel.close()
    output = finished.output[-OUTPUT_TAIL:].decode("utf-8", "replace")
    command = CommandRun(tuple(argv), finished.exit_code, round(seconds, 4), finished.stopped == "wall", masked(output))
    reader = Reader(key)
    messages = [reader.message(line) for line in finished.report.split(b"\n") if line]
    problem = STOPPED.get(finished.stopped, "")
    if changed := guarded.changed():
        problem = f"the tests were changed while they ran: {', '.join(changed[:3])}"
    used = Used(finished.peak_memory, finished.cpu_seconds)
    return read_report(messages, command, sandbox, seen, used, problem)


def job_for(
    sandbox: Sandbox,
    tests: Tests,
    checkout: str,
    root: str,
    limits: Limits,
    argv: Sequence[str],
    channel: Channel,
    *,
    trace: bool = False,
) -> Job:
    """Return the job that runs `argv` on a checkout with an environment that holds what it needs and no more."""
    job = Job(argv, checkout, root, channel, (*tests.readable, PLUGIN), {}, limits, tests.folder)
    seen = sandbox.inside(job)
    environment = {
        **environment_for(sandbox, job, tests),
        "PYTHONPATH": os.pathsep.join((PLUGIN, *(os.path.join(seen, each) for each in tests.python_path))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "AUTONAV_REPORT": channel.path("report"),
        "AUTONAV_CONTROL": channel.path("control"),
        **({"AUTONAV_TRACE": seen + os.sep} if trace else {}),
    }
    return replace(job, environment=environment)


def environment_for(sandbox: Sandbox, job: Job, tests: Tests) -> dict[str, str]:
    """Return the variables that any test needs, and those of its toolchain."""
    places = {"{scratch}": sandbox.scratch(job), "{checkout}": sandbox.inside(job)}
    own = dict(tests.environment)
    for place, path in places.items():
        own = {name: value.replace(place, path) for name, value in own.items()}
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": places["{scratch}"],
        "TMPDIR": places["{scratch}"],
        "LANG": "C.UTF-8",
        **own,
    }


def read_report(
    messages: Iterable[dict[str, Any] | None],
    command: CommandRun,
    sandbox: Sandbox,
    inside: str,
    used: Used,
    problem: str = "",
) -> Run:
    """Return what the report plugin said as a run; None among the messages is one that it did not sign."""
    outcomes: dict[str, Outcome] = {}
    failures: dict[str, Failure] = {}
    lines: dict[str, dict[str, frozenset[int]]] = {}
    broken: dict[str, str] = {}
    collected: list[str] = []
    tampered: list[str] = []
    finished = forged = False
    cpu = used.cpu_seconds
    for message in messages:
        if message is None:
            forged = True
        elif "collected" in message:
            collected = message["collected"]
        elif "test" in message:
            test, outcome = message["test"], Outcome(message["outcome"])
            outcomes[test] = max(outcomes.get(test, outcome), outcome, key=WORSE.__getitem__)
            if "why" in message:
                failures[test] = _failure(message, inside)
        elif "broken" in message:
            broken[message["broken"]] = message["why"]
        elif "tampered" in message:
            tampered += message["tampered"]
        elif "finished" in message:
            finished = True
            cpu = max(cpu or 0.0, message["cpu_seconds"])  # behind some walls only the tests' own process knows
        elif "trace" in message:
            lines[message["trace"]] = {
                os.path.relpath(name, inside): frozenset(ran) for name, ran in message["lines"].items()
            }
    if forged and not problem:
        problem = "the report holds what the test runner did not say"
    evaluation = Evaluation(
        commands=(command,),
        outcomes=outcomes,
        tests=counts(outcomes, len(collected)),
        seconds=command.seconds,
        peak_memory=used.peak_memory,
        cpu_seconds=None if cpu is None else round(cpu, 4),
        sandbox=sandbox.name,
        guarantees=sandbox.report().guarantees,
        problem=problem or _problem(command, broken, finished=finished),
        failures=failures,
        tampered=tuple(sorted(tampered)),
    )
    return Run(evaluation, lines, broken)


def counts(outcomes: Mapping[str, Outcome], collected: int) -> TestCounts:
    """Return how many tests there are of each outcome."""
    return TestCounts(
        passed=sum(each is Outcome.PASSED for each in outcomes.values()),
        failed=sum(each in (Outcome.FAILED, Outcome.ERROR) for each in outcomes.values()),
        skipped=sum(each is Outcome.SKIPPED for each in outcomes.values()),
        collected=collected,
    )


def masked(output: str) -> str:
    """Return output without the values of what looks like a secret."""
    return SECRET.sub(r"\1***", output)


def _failure(message: dict[str, Any], inside: str) -> Failure:
    path = os.path.relpath(message["path"], inside) if os.path.isabs(message["path"]) else message["path"]
    test_path, test_line = message["at"]
    return Failure(masked(message["why"]), path, int(message["line"] or 0), test_path, int(test_line or 0) + 1)


def _problem(command: CommandRun, broken: Mapping[str, str], *, finished: bool) -> str:
    if broken:
        return f"{len(broken)} files could not be collected, among them {min(broken)}"
    if not finished and command.exit_code in OUT_OF_TIME:
        return "the tests used up their CPU time"
    if not finished:
        return f"the tests ended early, with exit code {command.exit_code}"
    return ""
