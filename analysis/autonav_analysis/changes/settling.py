"""When a worktree that is being written to is quiet enough to be looked at.

git writes files, then replaces the index, then moves HEAD. A look in the middle would show a
checkout as hundreds of changes, so the rules wait for git to finish as well as for a pause.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

QUIET = 0.015
LONGEST_WAIT = 0.25
"""Files: look after so long a pause, but at the latest so long after the first event."""

GIT_QUIET = 0.06
LONGEST_GIT_WAIT = 1.0
"""The index was replaced: look after so long a pause of git's, but at the latest so long after."""

STALE_LOCK = 10.0
LOCK_POLL = 0.05
"""`index.lock` exists: ask again so often, and take it for left over so long after the last event."""


class Event(StrEnum):
    """What was noticed: a write in the worktree, one in the git dir, or that the index was replaced."""

    FILES = "files"
    GIT = "git"
    INDEX = "index"


@dataclass(frozen=True)
class Settling:
    """The events since the last look, as times in seconds; `first` is None where there were none."""

    first: float | None = None
    last: float = 0.0
    last_git: float = 0.0
    index_replaced: float | None = None


def after(settling: Settling, event: Event, at: float) -> Settling:
    """Return the state after an event."""
    settling = replace(settling, first=at if settling.first is None else settling.first, last=at)
    if event is Event.FILES:
        return settling
    settling = replace(settling, last_git=at)
    if event is Event.INDEX and settling.index_replaced is None:
        settling = replace(settling, index_replaced=at)
    return settling


def wait(settling: Settling, now: float, *, locked: bool) -> float | None:
    """Return how many seconds to wait if nothing happens, 0 to look now, None where there is no need to look."""
    if settling.first is None:
        return None
    if locked and now < settling.last + STALE_LOCK:
        return min(LOCK_POLL, settling.last + STALE_LOCK - now)
    until = min(settling.last + QUIET, settling.first + LONGEST_WAIT)
    if settling.index_replaced is not None:
        until = max(until, min(settling.last_git + GIT_QUIET, settling.index_replaced + LONGEST_GIT_WAIT))
    return max(0.0, until - now)
