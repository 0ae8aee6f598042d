"""Watching a worktree: hints that something has changed, from a thread of its own.

A hint says "look again" and nothing else; the look is the truth. On Linux the kernel's inotify
watches every folder that git does not ignore, and an overflow is an event like any other.
Elsewhere watchfiles serves, and where watches run out a timer does.
"""

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Literal, Protocol

from autonav_analysis.changes.settling import Event
from autonav_server.worktree.settling import Trigger, settled
from autonav_server.worktree.worktree import Worktree

__all__ = ["Kind", "Watcher", "settled", "watch"]

Kind = Literal["inotify", "watchfiles", "polling"]
POLL_SECONDS = 2.0
EXHAUSTED = (errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""Errors that say a limit of watches, watchers or memory is reached."""


class Watcher(Protocol):
    """A running watcher; `kind` says how it watches, and turns to polling when watches run out."""

    @property
    def kind(self) -> Kind:
        """How it watches now."""
        ...

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""


def watch(worktree: Worktree, on_hint: Callable[[], None], more_folders: Iterable[str] = ()) -> Watcher:
    """Begin to watch and return the watcher; `on_hint` is called from its thread once the worktree has settled.

    `more_folders` are watched although git ignores them, once they exist.
    """
    trigger = Trigger(worktree, on_hint)
    if sys.platform != "linux":
        return _WatchfilesWatcher(worktree, trigger)
    from autonav_server.worktree.inotify import InotifyWatcher

    try:
        return InotifyWatcher(worktree, trigger, more_folders)
    except OSError as error:
        if error.errno not in EXHAUSTED:
            raise
        return _PollingWatcher(trigger)


class _PollingWatcher:
    """Hints at intervals."""

    kind: Kind = "polling"

    def __init__(self, trigger: Trigger) -> None:
        self._trigger = trigger
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="autonav-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            self._trigger.hint()


class _WatchfilesWatcher:
    """Hints from watchfiles, for systems without inotify; when it fails, hints at intervals."""

    def __init__(self, worktree: Worktree, trigger: Trigger) -> None:
        self.kind: Kind = "watchfiles"
        self._worktree, self._trigger = worktree, trigger
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="autonav-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._follow()
        except Exception:  # the binding raises its own kinds, at one odd name for instance
            self.kind = "polling"
        while not self._stop.wait(POLL_SECONDS):
            self._trigger.hint()

    def _follow(self) -> None:
        import watchfiles  # type: ignore[import-not-found]

        roots = {self._worktree.root, self._worktree.git_dir, self._worktree.common_dir}
        timeout = 50
        for changes in watchfiles.watch(
            *roots,
            stop_event=self._stop,
            debounce=50,
            step=10,
            rust_timeout=timeout,
            yield_on_timeout=True,
            watch_filter=None,
        ):
            for _, path in changes:
                if event := self._event(path):
                    self._trigger.note(event)
            self._trigger.hint_when_due()

    def _event(self, path: str) -> Event | None:
        """Return what a path stands for; our own writes and git's objects stand for nothing."""
        for folder in (self._worktree.git_dir, self._worktree.common_dir):
            relative = os.path.relpath(path, folder)
            if relative == "index":
                return Event.INDEX
            if not relative.startswith(".."):
                return None if relative.split(os.sep)[0] in ("autonav", "objects") else Event.GIT
        return Event.FILES
