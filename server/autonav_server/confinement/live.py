"""What runs in sandboxes of this process, so that all of it can be ended at once."""

import contextlib
from collections.abc import Callable

from autonav_server.confinement.job import Started

_live: set[Started] = set()
_closers: list[Callable[[], None]] = []


def begun(started: Started) -> None:
    """Note that something runs."""
    _live.add(started)


def ended(started: Started) -> None:
    """Note that it has ended."""
    _live.discard(started)


def at_the_end(close: Callable[[], None]) -> None:
    """Have something closed before all that runs is ended: a pool, whose workers clean up after themselves."""
    _closers.append(close)


def end_all() -> None:
    """End everything that runs; for a process that is about to end itself, whatever its other threads do."""
    while _closers:
        with contextlib.suppress(Exception):  # nothing may keep the rest from being ended
            _closers.pop()()
    for started in list(_live):
        with contextlib.suppress(Exception):  # another thread may be ending it
            started.end()
