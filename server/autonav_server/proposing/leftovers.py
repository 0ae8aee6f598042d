"""The environment of what runs outside of any sandbox, and the end of all that it started, daemons too.

A mark in the environment tells what belongs together: children inherit it, whatever session they move to. One that
clears its environment as well is found only where there are control groups.
"""

import contextlib
import os
import secrets
import signal

MARK = "AUTONAV_PROPOSER"
ROUNDS = 100

POINTERS = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "OLDPWD",
)  # fmt: skip
"""Variables that would lead a program back to the person's own worktree."""


def new_mark() -> str:
    """Return a mark that nothing else has."""
    return secrets.token_hex(16)


def outside_environment(folder: str, brief: str, mark: str) -> dict[str, str]:
    """Return the person's own environment, as a login needs it, for a program that works in a folder."""
    kept = {name: value for name, value in os.environ.items() if name not in POINTERS}
    ceiling = os.path.dirname(folder)
    return {**kept, "PWD": folder, "GIT_CEILING_DIRECTORIES": ceiling, "AUTONAV_BRIEF": brief, MARK: mark}


def end_marked(mark: str) -> None:
    """Kill every process that has the mark, and those they start meanwhile."""
    for _ in range(ROUNDS):
        found = _marked(mark)
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _marked(mark: str) -> list[int]:
    """Return the live processes with the mark; a dead one has no environment any more."""
    wanted, found = f"{MARK}={mark}".encode(), list[int]()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(int(name))
    return found
