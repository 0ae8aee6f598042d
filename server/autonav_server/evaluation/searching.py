"""Which runs are being searched, by whichever process, and how one of them is told to stop."""

import contextlib
import fcntl
import os
from types import TracebackType

from autonav_protocol.errors import Conflict

LOCK, STOP = "searching.lock", "stop"


class Searching:
    """Holds a run's folder while it is searched; raises Conflict where another process searches it."""

    def __init__(self, folder: str) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._file = os.open(os.path.join(folder, LOCK), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise Conflict(f"run {os.path.basename(folder)} is being searched", "autonav stop ends that") from error
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, STOP))

    def __enter__(self) -> "Searching":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._file)


def is_searched(folder: str) -> bool:
    """Return whether a process searches a run now."""
    try:
        file = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def is_stopped(folder: str) -> bool:
    """Return whether somebody asked for the end of the search."""
    return os.path.exists(os.path.join(folder, STOP))


def stop(folder: str) -> None:
    """Ask the process that searches a run to end with what it has found."""
    os.close(os.open(os.path.join(folder, STOP), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
