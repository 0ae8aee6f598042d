"""Keeping one worktree's findings current: a hint arrives, git is at rest, one look, publish."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping

from autonav_protocol.operation import Surface
from autonav_protocol.settings import Settings
from autonav_server.ledger import chain
from autonav_server.worktree import tasks
from autonav_server.worktree.clock import now
from autonav_server.worktree.expected import Memory, begin
from autonav_server.worktree.fence import Look, look
from autonav_server.worktree.lease import Lease
from autonav_server.worktree.versions import keep
from autonav_server.worktree.watching import Watcher, settled, watch
from autonav_server.worktree.worktree import Worktree

GIT_POLL = 0.015
SAFETY_RESCAN = 60.0

log = logging.getLogger(__name__)


class FenceWatch:
    """Watches one worktree until closed; every look is handed to `publish` on the event loop.

    While no task is active the watcher still runs, so that a task started by another process
    is noticed by its contract file.
    """

    def __init__(
        self,
        worktree: Worktree,
        settings: Callable[[], Settings],
        trusted: Callable[[], bool],
        saved: Callable[[], Mapping[str, str]],
        publish: Callable[[Look], None],
        surface: Surface = Surface.EDITOR,
    ) -> None:
        self.worktree = worktree
        self.last: Look | None = None
        self._settings, self._trusted, self._saved, self._publish = settings, trusted, saved, publish
        self._surface = surface
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._watcher: Watcher | None = None
        self._fingerprints: set[str] = set()
        self._images: dict[str, str] = {}
        self._lease = Lease(worktree)
        self._recorded = False
        self._task = self._loop.create_task(self._run())

    @property
    def kind(self) -> str:
        """How the worktree is watched."""
        return self._watcher.kind if self._watcher else ""

    def hint(self) -> None:
        """Ask for a look; may be called from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def close(self) -> None:
        """Stop watching."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._watcher is not None:
            await asyncio.to_thread(self._watcher.close)
            if self._recorded:
                await asyncio.to_thread(self._record, chain.WATCH_STOPPED)
        self._lease.release()

    async def _run(self) -> None:
        self._watcher = await asyncio.to_thread(watch, self.worktree, self.hint, (tasks.FOLDER,))
        await asyncio.to_thread(tasks.end_default_fence, self.worktree)  # it began when nobody watched
        self._wake.set()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SAFETY_RESCAN)
            while not await asyncio.to_thread(settled, self.worktree):
                await asyncio.sleep(GIT_POLL)
            self._wake.clear()
            try:
                self.last = await asyncio.to_thread(self._look)
                self._publish(self.last)
                await asyncio.to_thread(self._note, self.last)
            except Exception:  # whatever it was, the next look may go well
                log.exception("a look at %s failed", self.worktree.root)

    def _look(self) -> Look:
        settings, trusted = self._settings(), self._trusted()
        if tasks.fenced(self.worktree) is None and not tasks.is_waiting(self.worktree):
            with self.worktree.alone():
                base = begin(self.worktree, trusted)
            tasks.begin_default_fence(self.worktree, base.to_json(), Memory().to_json(), now())
        return look(self.worktree, settings, trusted=trusted, saved=dict(self._saved()))

    def _note(self, seen: Look) -> None:
        """Record that a task is watched, what its files hold now, and each finding the first time it is seen."""
        if not self._lease.held():
            return
        if (seen.task is not None) != self._recorded:
            self._recorded = seen.task is not None
            self._record(chain.WATCH_STARTED if self._recorded else chain.WATCH_STOPPED)
        self._note_versions(seen)
        new = [each for each in seen.findings if each.fingerprint not in self._fingerprints]
        self._fingerprints = {each.fingerprint for each in seen.findings}
        if new:
            listed = [[each.code, each.path, each.fingerprint] for each in new[:200]]
            self._append("findings", {"count": len(new), "findings": listed})

    def _note_versions(self, seen: Look) -> None:
        files = seen.change.files if seen.task and seen.change else ()
        kept = keep(self.worktree, files, self._images)
        self._images = {file.path: file.image for file in files}
        if kept.files:
            self._append(chain.WRITTEN, {"files": kept.files, "left_out": kept.left_out})

    def _record(self, kind: str) -> None:
        self._append(kind, {"kind": self.kind})

    def _append(self, kind: str, data: Mapping[str, object]) -> None:
        chain.append(self.worktree.store, kind, str(self._surface), {"root": self.worktree.root, **data})
