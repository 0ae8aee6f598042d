"""Keeping a test runner warm in its sandbox, so that a candidate costs a fork and not an interpreter.

What it says only decides which candidates go on: every one that is shown has run fresh.
"""

import os
import time
from collections.abc import Sequence

from autonav_protocol.values.evaluation import CommandRun, Evaluation
from autonav_server.confinement.channel import Reader, new_key
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.conversation import QUIET, START_SECONDS, WALL_FACTOR, WALL_SLACK, Conversation
from autonav_server.evaluation.evaluate import PLUGIN, Guarded, Used, job_for, read_report, run_tests
from autonav_server.sandbox import Sandbox
from autonav_server.toolchain import Tests


class WarmRunner:
    """A warm runner on one checkout, started when first used and again after a hang; one thread uses it at a time."""

    def __init__(self, sandbox: Sandbox, tests: Tests, checkout: str, root: str, limits: Limits) -> None:
        self.checkout = checkout
        self._sandbox, self._tests, self._root, self._limits = sandbox, tests, root, limits
        self._conversation: Conversation | None = None
        self._number = 0
        self._works = True
        self._guarded = Guarded(checkout, tests.is_test_file)

    def run(self, *ids: str, cpu_seconds: int) -> Evaluation:
        """Run the tests named (all, by default) as the checkout now is, for so many CPU seconds at the most."""
        if self._works and self._conversation is None:
            self._works = self._start()
        if self._conversation is None:
            return run_tests(self._sandbox, self._tests, self.checkout, self._root, self._limits, ids).evaluation
        argv = [*self._flags(), *ids]
        self._number += 1
        key = new_key()
        started = time.monotonic()
        request = {"number": self._number, "argv": argv, "cpu_seconds": cpu_seconds, "key": key}
        self._conversation.channel.send(request)
        lines, done = self._conversation.until("done", seconds=cpu_seconds * WALL_FACTOR + WALL_SLACK)
        seconds = round(time.monotonic() - started, 4)
        if done is None:
            self.close()
        command = CommandRun(("pytest", *argv), done["exit_code"] if done else None, seconds, timed_out=done is None)
        problem = "the tests were stopped at the time limit" if done is None else ""
        if changed := self._guarded.changed():
            problem = f"the tests were changed while they ran: {', '.join(changed[:3])}"
            self.distrust()  # what stands there now proves nothing
        reader = Reader(key)
        messages = [reader.message(line) for line in lines]
        # A fork that was killed had used it up, as far as anybody knows.
        used = Used(done["peak_memory"], done["cpu_seconds"]) if done else Used(None, float(cpu_seconds))
        return read_report(messages, command, self._sandbox, self._root, used, problem).evaluation

    def distrust(self) -> None:
        """Run everything fresh from now on."""
        self._works = False
        self.close()

    def close(self) -> None:
        """End the runner and everything it started."""
        if self._conversation is not None:
            self._conversation.close()
        self._conversation = None

    def _start(self) -> bool:
        """Start the runner and wait until it is ready; return whether it is."""
        talk = Conversation(os.path.dirname(self.checkout))
        argv = [self._tests.argv[0], os.path.join(PLUGIN, "autonav_warm.py")]
        # The runner lives as long as the exploration: each fork counts its CPU time from nothing.
        job = job_for(self._sandbox, self._tests, self.checkout, self._root, self._limits, argv, talk.channel)
        talk.begin(self._sandbox, job)
        self._conversation = talk
        _, ready = talk.until("ready", seconds=START_SECONDS)
        if ready is None:
            self.close()
        return ready is not None

    def _flags(self) -> Sequence[str]:
        """Return pytest's own arguments: what follows `python -m pytest`."""
        return (*self._tests.argv[3:], QUIET)
