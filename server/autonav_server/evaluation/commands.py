"""Running a command that tests a project, and reading what its test runner reported."""

import glob
import os
import time
from collections.abc import Sequence

from autonav_analysis import test_reports
from autonav_analysis.test_reports import Parsed
from autonav_protocol.values.evaluation import CommandRun, Evaluation
from autonav_server.confinement.channel import Channel
from autonav_server.confinement.job import Job, Limits
from autonav_server.confinement.supervise import Finished, supervise
from autonav_server.evaluation.evaluate import (
    OUT_OF_TIME,
    OUTPUT_TAIL,
    STOPPED,
    Guarded,
    counts,
    environment_for,
    masked,
)
from autonav_server.sandbox import Sandbox
from autonav_server.toolchain import Tests

LARGEST_REPORT = 64 << 20


def run_command(
    sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits, ids: Sequence[str] = ()
) -> Evaluation:
    """Run the tests of a checkout once and return what the runner said; where it says nothing, its exit code does.

    Only the runners whose arguments name tests take `ids`; the others run all.
    """
    argv = [*tests.argv, *ids]
    report = tests.report
    streams = report.streams if report is not None else ("stdout", "stderr")
    channel = Channel(os.path.dirname(checkout))
    try:
        job = Job(argv, checkout, root, channel, tests.readable, {}, limits, tests.folder, len(streams) == 2)
        environment = environment_for(sandbox, job, tests)
        job = Job(argv, checkout, root, channel, tests.readable, environment, limits, tests.folder, len(streams) == 2)
        folder = os.path.join(checkout, tests.folder)
        for path in _reported(folder, report.files if report else ()):
            os.unlink(path)  # of an earlier run
        guarded = Guarded(checkout, tests.is_test_file)
        begun = time.monotonic()
        finished = supervise(sandbox.start(job), job)
        seconds = round(time.monotonic() - begun, 4)
        inside = os.path.join(sandbox.inside(job), tests.folder)
        parsed = _parsed(tests, folder, inside, finished) if report is not None else Parsed({}, "")
    finally:
        channel.close()
    output = (finished.output + finished.errors)[-OUTPUT_TAIL:].decode("utf-8", "replace")
    command = CommandRun(tuple(argv), finished.exit_code, seconds, finished.stopped == "wall", masked(output))
    used_up = "the tests used up their CPU time" if finished.exit_code in OUT_OF_TIME else ""
    problem = STOPPED.get(finished.stopped, "") or used_up or parsed.problem
    if changed := guarded.changed():
        problem = f"the tests were changed while they ran: {', '.join(changed[:3])}"
    return Evaluation(
        commands=(command,),
        outcomes=parsed.outcomes,
        tests=counts(parsed.outcomes, len(parsed.outcomes)),
        seconds=seconds,
        peak_memory=finished.peak_memory,
        cpu_seconds=finished.cpu_seconds,
        sandbox=sandbox.name,
        guarantees=sandbox.report().guarantees,
        problem=problem,
    )


def _parsed(tests: Tests, folder: str, inside: str, finished: Finished) -> Parsed:
    assert tests.report is not None
    name = tests.report.parser
    if not tests.report.files:
        said = finished.errors if tests.report.streams == ("stderr",) else finished.output
        return test_reports.parse(name, said, inside)
    reports = [test_reports.parse(name, data, inside) for data in map(_read, _reported(folder, tests.report.files))]
    if not reports:
        return Parsed({}, f"the tests wrote no report ({', '.join(tests.report.files)})")
    return test_reports.merged(reports)


def _reported(folder: str, globs: Sequence[str]) -> list[str]:
    found = {path for each in globs for path in glob.glob(os.path.join(glob.escape(folder), each), recursive=True)}
    return sorted(path for path in found if os.path.isfile(path) and not os.path.islink(path))


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(LARGEST_REPORT + 1)
