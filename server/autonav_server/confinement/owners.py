"""Whose a thing is: a process by its number and the time it started, so that what a killed one left can be told."""

import os


def this_process() -> str:
    """Return the name of this process, without white space."""
    pid = os.getpid()
    return f"{pid}-{_started(pid)}"


def is_gone(owner: str) -> bool:
    """Return whether the process of that name is gone; what follows a second hyphen is ignored."""
    pid, _, rest = owner.partition("-")
    return not pid.isdigit() or _started(int(pid)) != rest.partition("-")[0]


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; "0" where that cannot be told, "gone" without it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return "gone"
        except OSError:
            return "0"
        return "0"
