"""Holding hints back until a worktree has settled; the rules are those of `autonav_analysis.changes.settling`."""

import logging
import os
import time
from collections.abc import Callable

from autonav_analysis.changes.settling import Event, Settling, after, wait
from autonav_server.worktree.worktree import Worktree

GIT_FILES = ("index", "HEAD", "logs/HEAD")

log = logging.getLogger(__name__)


class Trigger:
    """Turns the events of one watcher into hints. Used by the watcher's thread alone."""

    def __init__(self, worktree: Worktree, on_hint: Callable[[], None]) -> None:
        self._on_hint = on_hint
        self._lock = _lock(worktree)
        self._settling = Settling()

    def note(self, event: Event) -> None:
        """Take an event in."""
        self._settling = after(self._settling, event, time.monotonic())

    def hint_when_due(self) -> float | None:
        """Hint if the worktree has settled; return how many seconds to wait for more, None for no limit."""
        remaining = wait(self._settling, time.monotonic(), locked=os.path.lexists(self._lock))
        if remaining != 0:
            return remaining
        self._settling = Settling()
        self.hint()
        return None

    def hint(self) -> None:
        """Hint at once."""
        try:
            self._on_hint()
        except Exception:
            log.exception("a hint was not taken")


def settled(worktree: Worktree, now: Callable[[], float] = time.time) -> bool:
    """Return whether git is at rest as far as its files tell, so that a look sees no half-done checkout."""
    at = now()
    lock = _lock(worktree)
    changed = {name: _changed_at(os.path.join(worktree.git_dir, name), at) for name in GIT_FILES}
    times = [each for each in (*changed.values(), _changed_at(lock, at)) if each is not None]
    if not times:
        return True
    settling = Settling(min(times), max(times), max(times), changed["index"])
    return wait(settling, at, locked=os.path.lexists(lock)) == 0


def _lock(worktree: Worktree) -> str:
    return os.path.join(worktree.git_dir, "index.lock")


def _changed_at(path: str, now: float) -> float | None:
    """Return when a file changed, None where there is none or its time is to come: that clock is not ours."""
    try:
        changed = os.lstat(path).st_ctime
    except OSError:
        return None
    return changed if changed <= now else None
