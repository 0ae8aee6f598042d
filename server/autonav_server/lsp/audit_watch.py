"""Keeping what the rules about content say of one worktree current, beside the editor and given up for what is newer."""

import asyncio
import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import CancelledError, Future

from autonav_analysis.audit.keeping import Key, key_of
from autonav_protocol.errors import AutonavError
from autonav_protocol.operation import Surface
from autonav_protocol.settings import Settings
from autonav_server.auditing.allowed import record_allowed
from autonav_server.auditing.audit import Findings, Known, audits, get_ready, judge_each
from autonav_server.evaluation.pool import Pool
from autonav_server.worktree.fence import Look
from autonav_server.worktree.worktree import Worktree

REST_SECONDS, TELL_SECONDS = 0.2, 0.5
"""How long the tree is left to change before its content is judged, and how often it is told what was found so far."""

log = logging.getLogger(__name__)


class AuditWatch:
    """Judges the content of each new look of a worktree in a process of its own; the newest look alone counts.

    `publish` is called on the event loop with all that was found so far and the share of the work that is done.
    `first` names the files that are open, `settings` gives what holds now.
    """

    def __init__(
        self,
        worktree: Worktree,
        pool: Callable[[], Pool],
        first: Callable[[], Collection[str]],
        settings: Callable[[], Settings],
        publish: Callable[[Findings, float], None],
    ) -> None:
        self._worktree, self._pool, self._first, self._publish = worktree, pool, first, publish
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._known: Known = {}
        self._is_ready = False
        self._seen: object = None
        self._judged: tuple[object, Findings] = (None, ())
        self._last: Look | None = None
        self._red, self._red_for = frozenset[str](), list[Key]()
        self._running: asyncio.Task[None] | None = None
        self._call: Future[list[Findings]] | None = None
        self._newest = 0
        self._one_at_a_time = threading.Lock()

    def update(self, look: Look) -> None:
        """Judge a look, unless the same was judged last."""
        if look.task and not self._is_ready:
            self._is_ready = True
            self._pool().submit(get_ready)
        keys = _keys(look)
        if keys != self._red_for:
            self._red, self._red_for = frozenset(), keys
        seen = self._subject(look)
        if seen == self._seen:
            return
        self._seen, self._last = seen, look
        self._newest += 1
        self._stop()
        if keys:
            self._running = self._loop.create_task(self._run(look, self._newest))
        else:
            self._publish((), 1.0)

    def proved(self, red_old_tests: frozenset[str]) -> None:
        """Judge the last look again, knowing which tests of the base failed on it; known until a file changes."""
        self._red = red_old_tests
        if self._last is not None:
            self.update(self._last)

    def findings(self, look: Look) -> Findings:
        """Return all that the content of a look holds, for a thread that waits; what was judged is not judged again."""
        assert look.change is not None
        with self._one_at_a_time:
            subject, (judged, found) = self._subject(look), self._judged
            if subject != judged:
                *_, (found, _) = audits(
                    self._worktree, look.change, known=self._known, judged=self._ask,
                    settings=self._settings(), red_old_tests=self._red_of(look),
                )  # fmt: skip
                self._judged = subject, found
        return found

    async def close(self) -> None:
        """Judge no more."""
        self._newest += 1
        running = self._running
        self._stop()
        if self._call is not None:
            self._call.cancel()
        if running is not None:
            await asyncio.gather(running, return_exceptions=True)

    def _stop(self) -> None:
        """Judge an older look no further; what a worker is just at is kept, and so is what it knows."""
        if self._running is not None:
            self._running.cancel()

    def _subject(self, look: Look) -> object:
        """Return all that decides on what a look is found to hold."""
        keys = _keys(look)
        contract = look.change.contract if keys and look.change else None
        return keys, contract, self._settings().licences, self._red_of(look)

    def _red_of(self, look: Look) -> frozenset[str]:
        return self._red if _keys(look) == self._red_for else frozenset()

    async def _run(self, look: Look, number: int) -> None:
        await asyncio.sleep(REST_SECONDS)
        try:
            await asyncio.to_thread(self._judge, look, number)
        except Exception:  # whatever it was, the next change may go well
            log.exception("the content of %s was not judged", self._worktree.root)

    def _judge(self, look: Look, number: int) -> None:
        """Run in a thread that waits for the worker; ends early when a newer look came."""
        assert look.change is not None
        told, told_at = 0, 0.0
        with self._one_at_a_time, contextlib.suppress(AutonavError, CancelledError, OSError):
            subject = self._subject(look)
            for found, share in audits(
                self._worktree, look.change, first=self._first(), known=self._known, judged=self._ask,
                settings=self._settings(), red_old_tests=self._red, streamed=True,
            ):  # fmt: skip
                if number != self._newest:
                    return
                if share == 1:
                    self._judged = subject, found
                    record_allowed(self._worktree, Surface.EDITOR, found)
                now = time.monotonic()
                if share < 1 and (len(found) == told or now - told_at < TELL_SECONDS):
                    continue
                told, told_at = len(found), now
                self._loop.call_soon_threadsafe(functools.partial(self._tell, found, share, number))

    def _ask(self, subjects: Sequence[object]) -> list[Findings]:
        if not subjects:
            return []
        self._call = self._pool().submit(judge_each, subjects)
        return self._call.result()

    def _tell(self, found: Findings, share: float, number: int) -> None:
        if number == self._newest:
            self._publish(found, share)


def _keys(look: Look) -> list[Key]:
    return [key_of(file) for file in look.change.files] if look.task and look.change else []
