"""The lease of a worktree: of all processes that watch it, one keeps the record."""

import fcntl
import os

from autonav_server.worktree.worktree import Worktree


class Lease:
    """Held by one process at a time, and given up with it, however it ends."""

    def __init__(self, worktree: Worktree) -> None:
        self._path = os.path.join(worktree.private, "lease")
        self._handle: int | None = None

    def held(self) -> bool:
        """Return whether this process holds the lease, after an attempt to take it."""
        if self._handle is not None:
            return True
        handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lease up."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
