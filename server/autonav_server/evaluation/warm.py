"""Keeping a test runner warm in its sandbox, so that a candidate costs a fork and not an interpreter.

What it says only decides which candidates go on: every one that is shown has run fresh.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence

from autonav_protocol.values.evaluation import CommandRun, Evaluation
from autonav_server.evaluation.evaluate import PLUGIN, job_for, read_report, run_tests
from autonav_server.sandbox import Limits, Sandbox
from autonav_server.toolchain import Tests

START_SECONDS = 60.0
WALL_FACTOR, WALL_SLACK = 3, 5.0
"""Wall time only ends what waits for ever; CPU time decides."""


class WarmRunner:
    """A warm runner on one checkout, started when first used and again after a hang; one thread uses it at a time."""

    def __init__(self, sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits) -> None:
        self.checkout = checkout
        self._sandbox, self._tests, self._root, self._limits = sandbox, tests, root, limits
        self._process: subprocess.Popen[bytes] | None = None
        self._control = self._report = -1
        self._number = 0
        self._buffer = b""
        self._works = True

    def run(self, *ids: str, cpu_seconds: int) -> Evaluation:
        """Run the tests named (all, by default) as the checkout now is, for so many CPU seconds at the most."""
        if self._works and self._process is None:
            self._works = self._start()
        if not self._works:
            return run_tests(self._sandbox, self._tests, self.checkout, self._root, self._limits, ids).evaluation
        argv = [*self._flags(), *ids]
        self._number += 1
        started = time.monotonic()
        os.write(
            self._control,
            (json.dumps({"number": self._number, "argv": argv, "cpu_seconds": cpu_seconds}) + "\n").encode(),
        )
        said, done = self._until("done", cpu_seconds * WALL_FACTOR + WALL_SLACK)
        seconds = round(time.monotonic() - started, 4)
        if done is None:
            self.close()
        command = CommandRun(("pytest", *argv), done["exit_code"] if done else None, seconds, timed_out=done is None)
        memory = done["peak_memory"] if done else 0
        return read_report(said, command, self._sandbox, self._root, memory).evaluation

    def distrust(self) -> None:
        """Run everything fresh from now on."""
        self._works = False
        self.close()

    def close(self) -> None:
        """End the runner and everything it started."""
        if self._process is None:
            return
        os.close(self._control)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._report)
        self._process, self._buffer = None, b""

    def _start(self) -> bool:
        """Start the runner and wait until it is ready; return whether it is."""
        control, self._control = os.pipe()
        self._report, report = os.pipe()
        descriptors = {"AUTONAV_CONTROL_FD": str(control), "AUTONAV_REPORT_FD": str(report)}
        argv = [self._tests.argv[0], os.path.join(PLUGIN, "autonav_warm.py")]
        # The runner lives as long as the exploration: each fork counts its CPU time from nothing.
        job = job_for(self._sandbox, self._tests, self.checkout, self._root, self._limits, argv, descriptors)
        self._process = subprocess.Popen(
            self._sandbox.wrap(job),
            cwd=self.checkout,
            env=dict(job.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(control, report),
            start_new_session=True,
        )
        os.close(control)
        os.close(report)
        _, ready = self._until("ready", START_SECONDS)
        if ready is None:
            self.close()
        return ready is not None

    def _until(self, key: str, seconds: float) -> tuple[bytes, dict[str, int] | None]:
        """Return what was reported up to the message with `key`, and that message; None where it does not come."""
        said: list[bytes] = []
        deadline = time.monotonic() + seconds
        while True:
            while b"\n" in self._buffer:
                line, _, self._buffer = self._buffer.partition(b"\n")
                message = json.loads(line)
                if key in message:
                    return b"\n".join(said), message
                said.append(line)
            ready = select.select([self._report], [], [], max(0.0, deadline - time.monotonic()))[0]
            data = os.read(self._report, 65536) if ready else b""
            if not data:
                return b"\n".join(said), None
            self._buffer += data

    def _flags(self) -> Sequence[str]:
        """Return pytest's own arguments: what follows `python -m pytest`."""
        return self._tests.argv[3:]
