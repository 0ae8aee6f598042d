"""Running a project's tests once in a sandbox, and reading what they said."""

import json
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from autonav_protocol.values.evaluation import CommandRun, Evaluation, Outcome, TestCounts
from autonav_server.sandbox import Job, Limits, Sandbox
from autonav_server.toolchain import Tests

PLUGIN = os.path.join(os.path.dirname(__file__), "plugin")
OUTPUT_TAIL = 4000
SECRET = re.compile(r"(?i)\b([\w-]*(?:token|secret|password|api[_-]?key)[\w-]*\s*[=:]\s*)\S+")

WORSE = {Outcome.PASSED: 0, Outcome.SKIPPED: 1, Outcome.FAILED: 2, Outcome.ERROR: 3}


@dataclass(frozen=True)
class Run:
    """An evaluation, and in trace mode the lines that each test ran, by root-relative path."""

    evaluation: Evaluation
    lines: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)


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
    reading, writing = os.pipe()
    argv = [*tests.argv, *(("-x",) if stop_at_failure else ()), *ids]
    descriptors = {"AUTONAV_REPORT_FD": str(writing)}
    job = job_for(sandbox, tests, checkout, root, limits, argv, descriptors, trace=trace)
    seen = sandbox.inside(job)
    started = time.monotonic()
    try:
        exit_code, output, said, timed_out, memory = _run(sandbox.wrap(job), job, reading, writing)
    finally:
        os.close(reading)
    seconds = time.monotonic() - started
    command = CommandRun(tuple(argv), exit_code, round(seconds, 4), timed_out, _masked(output[-OUTPUT_TAIL:]))
    return read_report(said, command, sandbox, seen, memory)


def job_for(
    sandbox: Sandbox,
    tests: Tests,
    checkout: str,
    root: str,
    limits: Limits,
    argv: Sequence[str],
    descriptors: Mapping[str, str],
    *,
    trace: bool = False,
) -> Job:
    """Return the job that runs `argv` on a checkout with an environment that holds what it needs and no more."""
    job = Job(argv, checkout, root, (*tests.readable, PLUGIN), {}, limits)
    seen = sandbox.inside(job)
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join((PLUGIN, *(os.path.join(seen, each) for each in tests.python_path))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        **descriptors,
        **({"AUTONAV_TRACE": seen + os.sep} if trace else {}),
        **tests.environment,
    }
    return replace(job, environment=environment)


def _run(argv: list[str], job: Job, reading: int, writing: int) -> tuple[int | None, str, bytes, bool, int]:
    """Run to the end or the wall limit; return exit code, output, report, whether it hung, and peak memory."""
    os.set_inheritable(writing, True)
    try:
        process = subprocess.Popen(
            argv,
            cwd=job.checkout,
            env=dict(job.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(writing,),
            start_new_session=True,
        )
    finally:
        os.close(writing)
    assert process.stdout is not None
    output, said = bytearray(), bytearray()
    open_ends = {process.stdout.fileno(): output, reading: said}
    deadline = time.monotonic() + job.limits.wall_seconds
    timed_out = False
    while open_ends:
        left = deadline - time.monotonic()
        ready, _, _ = select.select(list(open_ends), [], [], max(0.0, left))
        if not ready:
            timed_out = True
            break
        for descriptor in ready:
            data = os.read(descriptor, 65536)
            if data:
                open_ends[descriptor] += data
                del open_ends[descriptor][: -(16 << 20)]
            else:
                del open_ends[descriptor]
        if process.stdout.fileno() not in open_ends and process.poll() is not None:
            _drain(reading, said, open_ends)
    _kill(process)
    _, status, usage = os.wait4(process.pid, 0) if process.returncode is None else (0, None, None)
    code = process.returncode if status is None else os.waitstatus_to_exitcode(status)
    process.returncode = code
    process.stdout.close()
    memory = usage.ru_maxrss * 1024 if usage is not None else 0
    return (None if timed_out else code), output.decode("utf-8", "replace"), bytes(said), timed_out, memory


def _drain(reading: int, said: bytearray, open_ends: dict[int, bytearray]) -> None:
    """Read what is left of the report; a daemon that the tests left behind may hold its end open for ever."""
    while reading in open_ends and select.select([reading], [], [], 0)[0]:
        data = os.read(reading, 65536)
        if not data:
            break
        said += data
    open_ends.pop(reading, None)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group, whether or not its leader has ended."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    except PermissionError:
        process.kill()


def read_report(said: bytes, command: CommandRun, sandbox: Sandbox, inside: str, memory: int) -> Run:
    """Return what the report plugin said as a run."""
    outcomes: dict[str, Outcome] = {}
    lines: dict[str, dict[str, frozenset[int]]] = {}
    broken: dict[str, str] = {}
    collected: list[str] = []
    finished = False
    for line in said.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if "collected" in message:
            collected = message["collected"]
        elif "test" in message:
            outcome = Outcome(message["outcome"])
            known = outcomes.get(message["test"], outcome)
            outcomes[message["test"]] = max(known, outcome, key=WORSE.__getitem__)
        elif "broken" in message:
            broken[message["broken"]] = message["why"]
        elif "finished" in message:
            finished = True
        elif "trace" in message:
            lines[message["trace"]] = {
                os.path.relpath(name, inside): frozenset(ran) for name, ran in message["lines"].items()
            }
    counts = TestCounts(
        passed=sum(each is Outcome.PASSED for each in outcomes.values()),
        failed=sum(each in (Outcome.FAILED, Outcome.ERROR) for each in outcomes.values()),
        skipped=sum(each is Outcome.SKIPPED for each in outcomes.values()),
        collected=len(collected),
    )
    evaluation = Evaluation(
        commands=(command,),
        outcomes=outcomes,
        tests=counts,
        seconds=command.seconds,
        peak_memory=memory or None,
        sandbox=sandbox.name,
        guarantees=sandbox.report().guarantees,
        problem=_problem(command, broken, finished=finished),
    )
    return Run(evaluation, lines, broken)


def _problem(command: CommandRun, broken: Mapping[str, str], *, finished: bool) -> str:
    if command.timed_out:
        return "the tests were stopped at the time limit"
    if broken:
        return f"{len(broken)} files could not be collected, among them {min(broken)}"
    if not finished:
        return f"the tests ended early, with exit code {command.exit_code}"
    return ""


def _masked(output: str) -> str:
    return SECRET.sub(r"\1***", output)
