"""The fast way to judge a candidate: its functions' new code in a fork of a session that has collected already.

Where that cannot be trusted it says so and gives no verdict, and a warm or a fresh run decides.
"""

import base64
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from autonav_protocol.values.evaluation import CommandRun, Evaluation, Outcome
from autonav_server.confinement.channel import Reader, new_key
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.conversation import QUIET, START_SECONDS, WALL_FACTOR, WALL_SLACK, Conversation
from autonav_server.evaluation.evaluate import PLUGIN, Guarded, Used, job_for, read_report, run_tests
from autonav_server.sandbox import Sandbox
from autonav_server.toolchain import Tests

REPLY_SLACK = 10.0
"""How much later than the wall time of its fork a runner must have answered."""

DEATHS_IN_A_ROW = 2

LIFE_CPU_SECONDS = 24 * 3600
"""What the runner itself may use, which lives as long as the exploration; each fork has its own limit."""

ALWAYS_RECHECKED, RECHECKED_ONE_IN = 5, 20
REFUSALS_LOOKED_AT = 20


@dataclass(frozen=True)
class Trust:
    """How far the fast path is believed in one exploration; `off` says why it is not used any more.

    `off_for_project` is whether that holds for later explorations of the project as well.
    """

    served: int = 0
    refused: int = 0
    off: str = ""
    off_for_project: bool = False

    def wants_recheck(self, contents: Mapping[str, bytes]) -> bool:
        """Return whether the next verdict is to be checked the slow way: the first few, then a sample by content."""
        if self.served < ALWAYS_RECHECKED:
            return True
        digest = blake2b(digest_size=8)
        for path, data in sorted(contents.items()):
            digest.update(b"%d %d " % (len(path), len(data)) + path.encode("utf-8", "surrogateescape") + data)
        return int.from_bytes(digest.digest(), "big") % RECHECKED_ONE_IN == 0

    def after_served(self) -> "Trust":
        """Return the trust after a verdict."""
        return replace(self, served=self.served + 1)

    def after_refused(self) -> "Trust":
        """Return the trust after a refusal; where most of the first are refused, asking costs more than it saves."""
        trust = replace(self, refused=self.refused + 1)
        asked = trust.served + trust.refused
        if not trust.off and asked <= REFUSALS_LOOKED_AT and trust.refused * 2 > REFUSALS_LOOKED_AT:
            return replace(trust, off=f"{trust.refused} of the first {asked} candidates were refused")
        return trust

    def after_recheck(self, fast: Evaluation, slow: Evaluation) -> "Trust":
        """Return the trust after the same candidate was judged both ways."""
        if agree(fast, slow):
            return self
        return replace(self, off="a verdict of the fast path was wrong", off_for_project=True)


def agree(fast: Evaluation, slow: Evaluation) -> bool:
    """Return whether two evaluations of the same tests say the same.

    A test that never ends is all that the slow way sees; the fast one fails it, and goes on to the others.
    """
    if fast.problem or not slow.problem:
        return bool(fast.problem) == bool(slow.problem) and (bool(fast.problem) or fast.outcomes == slow.outcomes)
    unheard = fast.outcomes.keys() - slow.outcomes.keys()
    return any(fast.outcomes[test] in (Outcome.FAILED, Outcome.ERROR) for test in unheard)


class SwapRunner:
    """A runner on one checkout that holds the base; started when first used. One thread uses it at a time.

    `expected` are the outcomes of a fresh run of the base, which is made where they are not given. `served` and
    `refused` count answers; `reason` is why the last was refused, or why nothing is run any more: then `works` is
    false.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        tests: Tests,
        checkout: str,
        root: str,
        limits: Limits,
        *,
        expected: Mapping[str, Outcome] | None = None,
    ) -> None:
        self.checkout = checkout
        self.served = self.refused = 0
        self.reason = ""
        self.works = True
        self._sandbox, self._tests, self._root, self._limits = sandbox, tests, root, limits
        self._expected = expected
        self._conversation: Conversation | None = None
        self._inside = ""
        self._number = self._deaths = 0
        self._guarded = Guarded(checkout, tests.is_test_file)

    def run(self, contents: Mapping[str, bytes], *ids: str, cpu_seconds: int) -> Evaluation | None:
        """Run the tests named (all, by default) with new contents of files, for so many CPU seconds at the most.

        Returns None where the candidate cannot be judged in this way. The checkout holds the contents while the
        tests run, for programs that these start, and the base before and after.
        """
        if self.works and self._conversation is None:
            self._start()
        if self._conversation is None:
            self.refused += 1
            return None
        before = {path: _read(os.path.join(self.checkout, path)) for path in contents}
        kept = {path: data for path, data in before.items() if data is not None}
        if len(kept) < len(before):
            return self._refuse(f"{min(before.keys() - kept.keys())} is not in the base")
        _write(self.checkout, contents)
        try:
            return self._ask(self._conversation, contents, ids, cpu_seconds)
        finally:
            _write(self.checkout, kept)

    def distrust(self, reason: str = "it was found to be wrong") -> None:
        """Run nothing from now on."""
        self.works = False
        self.reason = reason
        self.close()

    def close(self) -> None:
        """End the runner and everything it started."""
        if self._conversation is not None:
            self._conversation.close()
        self._conversation = None

    def _ask(
        self, talk: Conversation, contents: Mapping[str, bytes], ids: tuple[str, ...], cpu_seconds: int
    ) -> Evaluation | None:
        self._number += 1
        key = new_key()
        wall = cpu_seconds * WALL_FACTOR + WALL_SLACK
        request = {
            "number": self._number,
            "key": key,
            "ids": ids,
            "cpu_seconds": cpu_seconds,
            "wall_seconds": wall,
            "overlay": {path: base64.b64encode(data).decode() for path, data in contents.items()},
        }
        started = time.monotonic()
        try:
            talk.channel.send(request)
        except OSError:
            return self._died("the runner does not listen")
        lines, done = talk.until("done", seconds=wall + REPLY_SLACK)
        seconds = round(time.monotonic() - started, 4)
        if done is None or done["done"] != self._number:
            return self._died("the runner ended, or did not answer")
        self._deaths = 0
        if "refused" in done:
            return self._refuse(done["refused"])
        self.served += 1
        late = not done["in_time"]
        problem = "the tests were stopped at the time limit" if late else ""
        if changed := self._guarded.changed():
            problem = f"the tests were changed while they ran: {', '.join(changed[:3])}"
            self.distrust(problem)  # what stands there now proves nothing
        command = CommandRun(("pytest", *self._tests.argv[3:], *ids), done["exit_code"], seconds, timed_out=late)
        reader = Reader(key)
        messages = [reader.message(line) for line in lines]
        used = Used(done["peak_memory"], done["cpu_seconds"])
        return read_report(messages, command, self._sandbox, self._inside, used, problem).evaluation

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        self.reason = reason

    def _died(self, reason: str) -> None:
        """Forget the runner, so that the next candidate starts another; two in a row are no accident."""
        self._refuse(reason)
        self._deaths += 1
        self.close()
        if self._deaths >= DEATHS_IN_A_ROW:
            self.distrust(f"{reason}, {self._deaths} times in a row")

    def _start(self) -> None:
        """Start the runner and wait until it is ready; stay off where it is not, or sees other outcomes."""
        if self._expected is None:
            fresh = run_tests(self._sandbox, self._tests, self.checkout, self._root, self._limits).evaluation
            if fresh.problem:
                self.distrust(f"the base cannot be judged: {fresh.problem}")
                return
            self._expected = fresh.outcomes
        talk = Conversation(os.path.dirname(self.checkout))
        argv = [self._tests.argv[0], os.path.join(PLUGIN, "autonav_swap.py"), *self._tests.argv[3:], QUIET]
        limits = replace(self._limits, cpu_seconds=LIFE_CPU_SECONDS)
        job = job_for(self._sandbox, self._tests, self.checkout, self._root, limits, argv, talk.channel)
        root = self._sandbox.inside(job)
        self._inside = os.path.join(root, self._tests.folder)
        cpu, wall = self._limits.cpu_seconds, self._limits.wall_seconds
        talk.begin(self._sandbox, job, root=root, cpu_seconds=cpu, wall_seconds=wall)
        self._conversation = talk
        _, said = talk.until("ready", "unsafe", seconds=START_SECONDS + 2 * wall)
        if said is None:
            self.distrust("the runner did not start")
        elif "unsafe" in said:
            self.distrust(said["unsafe"])
        elif said["outcomes"] != {test: str(outcome) for test, outcome in self._expected.items()}:
            changed = sorted(
                test
                for test in said["outcomes"].keys() | self._expected.keys()
                if said["outcomes"].get(test) != self._expected.get(test)
            )
            self.distrust(f"{len(changed)} tests end otherwise than in a fresh process, among them {changed[0]}")


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _write(checkout: str, contents: Mapping[str, bytes]) -> None:
    for path, data in contents.items():
        with open(os.path.join(checkout, path), "wb") as file:
            file.write(data)
