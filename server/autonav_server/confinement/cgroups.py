"""Control groups of our own, of version 1 or 2: limits and an end for a whole tree of processes.

Only those who may make groups have them: root, and on systems that delegate, a user's own services.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count

from autonav_server.confinement.owners import is_gone, this_process

PREFIX = "autonav-"
ENTER = (
    'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 >"$1/cgroup.procs" || exit 125; shift; n=$((n - 1)); done; exec "$@"'
)
KILL_SECONDS = 2.0
_numbers = count()


class Group:
    """A group under each controller. `folders` are its folders by controller; make it with `make`."""

    def __init__(self, folders: Mapping[str, str]) -> None:
        self.folders = folders

    def limit(self, memory_bytes: int, processes: int) -> None:
        """Bound the memory and the number of processes of all that enter, together."""
        for controller, old, new, value in (
            ("memory", "memory.limit_in_bytes", "memory.max", memory_bytes),
            ("pids", "pids.max", "pids.max", processes),
        ):
            folder = self.folders[controller]
            _write(folder, old if os.path.exists(os.path.join(folder, old)) else new, str(value))
        for controller, name in (("memory", "memory.memsw.limit_in_bytes"), ("memory", "memory.swap.max")):
            with contextlib.suppress(OSError):  # there is no swap to bound
                _write(self.folders[controller], name, "0" if name.endswith("max") else str(memory_bytes))

    def entering(self, argv: Sequence[str]) -> list[str]:
        """Return the argv that enters the group and then becomes the command."""
        folders = sorted(set(self.folders.values()))
        return ["/bin/sh", "-c", ENTER, "sh", str(len(folders)), *folders, *argv]

    def peak_memory(self) -> int | None:
        """Return the most bytes that all of it used at one time, None where the kernel does not say."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            with contextlib.suppress(OSError, ValueError):
                return int(_read(self.folders["memory"], name))
        return None

    def cpu_seconds(self) -> float:
        """Return the CPU time that all of it used so far, 0 where the kernel does not say."""
        with contextlib.suppress(OSError, ValueError):
            rows = dict(line.split() for line in _read(self.folders["memory"], "cpu.stat").splitlines())
            return int(rows.get("usage_usec", "0")) / 1e6
        return 0.0

    def ran_out_of_memory(self) -> bool:
        """Return whether the kernel killed something for want of memory."""
        for name in ("memory.oom_control", "memory.events"):
            with contextlib.suppress(OSError, ValueError):
                rows = dict(line.split() for line in _read(self.folders["memory"], name).splitlines())
                return int(rows.get("oom_kill", "0")) > 0
        return False

    def end(self) -> None:
        """Kill what is left in the group, daemons too, and remove it."""
        deadline = time.monotonic() + KILL_SECONDS
        while time.monotonic() < deadline and (left := self._members()):
            for folder in set(self.folders.values()):
                with contextlib.suppress(OSError):
                    _write(folder, "cgroup.kill", "1")
            for pid in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)
        for folder in set(self.folders.values()):
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def _members(self) -> set[int]:
        found: set[int] = set()
        for folder in set(self.folders.values()):
            with contextlib.suppress(OSError):
                found |= {int(pid) for pid in _read(folder, "cgroup.procs").split()}
        return found


def make(memory_bytes: int, processes: int) -> Group | None:
    """Return a new group with limits, None where this user may make none."""
    parents = usable_parents()
    if parents is None:
        return None
    group = _new(parents)
    if group is not None:
        group.limit(memory_bytes, processes)
    return group


def reap_leftovers() -> None:
    """Remove the groups of processes that are gone, with what still runs in them."""
    for parent in {each for parents in _candidates() for each in parents.values()}:
        with contextlib.suppress(OSError):
            for name in os.listdir(parent):
                if name.startswith(PREFIX) and is_gone(name.removeprefix(PREFIX)):
                    Group({"memory": os.path.join(parent, name)}).end()


@cache
def usable_parents() -> Mapping[str, str] | None:
    """Return for each controller the folder in which this process can make groups and enter them; tried once."""
    reap_leftovers()
    for parents in _candidates():
        group = _new(parents)
        if group is None:
            continue
        try:
            group.limit(64 << 20, 16)
            if subprocess.run(group.entering(["true"]), check=False, capture_output=True, timeout=20).returncode == 0:
                return parents
        except (OSError, KeyError, subprocess.SubprocessError):
            continue
        finally:
            group.end()
    return None


def _candidates() -> list[dict[str, str]]:
    """Return folders in which groups might be made: our own group of version 1, or of version 2 and those above."""
    try:
        with open("/proc/self/cgroup", encoding="ascii", errors="replace") as file:
            own = {row[1]: row[2] for line in file if len(row := line.rstrip("\n").split(":", 2)) == 3}
        with open("/proc/self/mounts", encoding="ascii", errors="replace") as file:
            mounts = [row for line in file if len(row := line.split()) > 3]
    except OSError:
        return []
    old = {
        controller: mount[1] + own.get(controller, "").rstrip("/")
        for mount in mounts
        for controller in ("memory", "pids")
        if mount[2] == "cgroup" and controller in mount[3].split(",")
    }
    if len(old) == 2:
        return [old]
    unified = next((mount[1] for mount in mounts if mount[2] == "cgroup2"), None)
    if unified is None:
        return []
    path, found = own.get("", "/"), []
    while True:
        folder = unified + path.rstrip("/")
        found.append({"memory": folder, "pids": folder})
        if path in ("", "/"):
            return found
        path = os.path.dirname(path)


def _new(parents: Mapping[str, str]) -> Group | None:
    name = f"{PREFIX}{this_process()}-{next(_numbers)}"
    folders = {controller: os.path.join(parent, name) for controller, parent in parents.items()}
    group = Group(folders)
    try:
        for folder in set(folders.values()):
            os.mkdir(folder)
    except OSError:
        group.end()
        return None
    return group


def _read(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="ascii") as file:
        return file.read()


def _write(folder: str, name: str, value: str) -> None:
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(value)
