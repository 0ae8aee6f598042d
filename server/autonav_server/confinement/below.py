"""The processes below this one, and whose they become; for what is about to end itself, with all of them."""

import codecs
import contextlib
import ctypes
import os
import signal

PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 20

# What ends a process reads files in it, and must not wait for an import that another thread is in.
codecs.lookup("ascii")


def adopt_orphans() -> None:
    """Become the parent of daemons that are left behind below this process, so that they can be found and killed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(pid: int | str = "self") -> list[int]:
    """Return the processes whose parent one is, adopted orphans included; none where that cannot be told."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def end_children() -> None:
    """Kill all processes below this one."""
    for _ in range(ROUNDS):
        left = children_of()
        if not left:
            return
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
