"""What a sandbox is: a way to run a command on a checkout, and what that way guarantees."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autonav_protocol.collect import collect
from autonav_protocol.errors import BadRequest, Refused, Unavailable
from autonav_protocol.values.evaluation import SandboxReport
from autonav_server import sandboxes
from autonav_server.confinement.job import Job, Limits, Started

GUARANTEES: Mapping[str, str] = {
    "no_network": "No connection is made, not to this machine's own servers either.",
    "outside_read_only": "Nothing outside the checkout is written, and nothing is mounted anew to do so.",
    "home_hidden": "The home folder is not read.",
    "clean_environment": "No variable of the server's environment is seen.",
    "closed_descriptors": "No open file of the server is inherited.",
    "calls_filtered": "System calls that mount, trace, or make user name spaces fail.",
    "whole_tree_killed": "Ending it ends all it started, daemons included.",
    "dies_with_server": "It ends when the server does, even where that is killed.",
    "wall_limit": "It ends at a time limit, asleep or not.",
    "cpu_limit": "A process ends when its CPU time is used up.",
    "memory_limit": "A process cannot have more memory than its limit.",
    "total_memory_limit": "All its processes together cannot have more memory than their limit.",
    "file_size_limit": "No file grows beyond a limit.",
    "disk_limit": "It is ended when what it writes comes to more than a limit.",
    "process_limit": "It cannot have more processes than a limit.",
}
"""Every guarantee, and what it says; a report says of each whether it holds."""

OWN_CODE = ("clean_environment", "closed_descriptors", "wall_limit", "cpu_limit", "memory_limit", "file_size_limit")
"""What running the person's own code, or a rewrite of it, requires."""


@dataclass(frozen=True)
class Sandbox:
    """A sandbox. `rank` orders them, the one to prefer first; `report` tries it for real.

    `start` runs a job, `inside` returns the path at which the job sees its checkout, `scratch` that of a folder
    that is its own and ends with it.
    """

    name: str
    rank: int
    report: Callable[[], SandboxReport]
    start: Callable[[Job], Started]
    inside: Callable[[Job], str]
    scratch: Callable[[Job], str] = lambda _: "/tmp"  # noqa: S108 - the sandbox's own


def known_sandboxes() -> list[Sandbox]:
    """Return every sandbox, the one to prefer first."""
    return sorted(collect(sandboxes, "SANDBOX", Sandbox).values(), key=lambda each: each.rank)


def choose(name: str, required: Sequence[str] = ()) -> Sandbox:
    """Return the sandbox of that name, or for `auto` the first that works here and gives what is required.

    Raises Unavailable where the named one does not work, and Refused where it lacks a guarantee.
    """
    known = known_sandboxes()
    if unknown := [each for each in required if each not in GUARANTEES]:
        raise BadRequest(f"there is no guarantee {unknown[0]}", f"there are {', '.join(GUARANTEES)}")
    if name != "auto" and name not in {each.name for each in known}:
        raise BadRequest(f"there is no sandbox {name}", f"there are {', '.join(each.name for each in known)}")
    refused: list[str] = []
    for each in known:
        if name not in ("auto", each.name):
            continue
        report = each.report()
        if not report.available:
            refused.append(f"{each.name}: {report.reason}")
        elif lacking := [guarantee for guarantee in required if not report.guarantees[guarantee]]:
            refused.append(f"{each.name} lacks {', '.join(lacking)}")
        else:
            return each
    said = f"no sandbox here gives what is required ({'; '.join(refused)})"
    next_step = "install bubblewrap, or a container engine; autonav doctor shows what each gives"
    raise (Refused if any(" lacks " in each for each in refused) else Unavailable)(said, next_step)


def limited(argv: Sequence[str], limits: Limits, *, processes: bool = False) -> list[str]:
    """Return the argv that sets the limits of the process and then becomes the command.

    The shell's `ulimit` is used because code run between fork and exec is unsafe in a threaded program.
    `processes` limits their number where the kernel counts those of the user name space alone.
    """
    # Shells differ in the letter; the limit is ignored for root of the first name space.
    number = f"ulimit -p {limits.processes} 2>/dev/null || ulimit -u {limits.processes}; " if processes else ""
    script = (
        # First the signal that says so, which a program may ignore, then the end.
        f"ulimit -S -t {limits.cpu_seconds}; ulimit -H -t {limits.cpu_seconds + 2}; ulimit -v {limits.memory_bytes >> 10}; "
        f'ulimit -f {limits.file_bytes >> 9}; ulimit -c 0; {number}exec "$@"'
    )
    return ["/bin/sh", "-c", script, "sh", *argv]


def existing(paths: Sequence[str]) -> list[str]:
    """Return the paths that exist, without those that lie in another of them."""
    real = sorted({os.path.realpath(path) for path in paths if path and os.path.exists(path)})
    kept: list[str] = []
    for path in real:
        if not any(is_within(path, each) for each in kept):
            kept.append(path)
    return kept


def is_within(path: str, folder: str) -> bool:
    """Return whether a path is a folder or lies below it."""
    return path == folder or path.startswith(folder + os.sep)
