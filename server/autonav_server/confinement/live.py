"""What runs in sandboxes of this process, so that all of it can be ended at once."""

import contextlib

from autonav_server.confinement.job import Started

_live: set[Started] = set()


def begun(started: Started) -> None:
    """Note that something runs."""
    _live.add(started)


def ended(started: Started) -> None:
    """Note that it has ended."""
    _live.discard(started)


def end_all() -> None:
    """End everything that runs; for a process that is about to end itself, whatever its other threads do."""
    for started in list(_live):
        with contextlib.suppress(Exception):  # another thread may be ending it
            started.end()
