"""What a sandbox is: a way to run a command on a checkout, and what that way guarantees."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from autonav_protocol.collect import collect
from autonav_protocol.errors import BadRequest, Unavailable
from autonav_protocol.values.evaluation import SandboxReport
from autonav_server import sandboxes

GUARANTEES = (
    "no_network",
    "outside_read_only",
    "home_hidden",
    "clean_environment",
    "whole_tree_killed",
    "dies_with_server",
    "memory_limit",
    "cpu_limit",
    "file_size_limit",
    "process_limit",
)
"""Every guarantee by name; a report says of each whether it holds."""


@dataclass(frozen=True)
class Limits:
    """What one command may use: CPU seconds, wall seconds, bytes of memory for each process, bytes of a file."""

    cpu_seconds: int = 30
    wall_seconds: float = 130.0
    memory_bytes: int = 4 << 30
    file_bytes: int = 256 << 20


@dataclass(frozen=True)
class Job:
    """A command to run. `checkout` is the folder it may write; `root` is the path the project believes to be at.

    `readable` are further paths it needs to read, and `environment` is all it gets to see.
    """

    argv: Sequence[str]
    checkout: str
    root: str
    readable: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()


@dataclass(frozen=True)
class Sandbox:
    """A sandbox. `rank` orders them, strongest first; `report` tries it for real.

    `wrap` returns the argv that runs a job, `inside` the path at which the job sees its checkout.
    """

    name: str
    rank: int
    report: Callable[[], SandboxReport]
    wrap: Callable[[Job], list[str]]
    inside: Callable[[Job], str]


def sandboxes_by_strength() -> list[Sandbox]:
    """Return every sandbox, strongest first."""
    return sorted(collect(sandboxes, "SANDBOX", Sandbox).values(), key=lambda each: each.rank)


def choose(name: str) -> Sandbox:
    """Return the sandbox of that name, or for `auto` the strongest that works here.

    Raises Unavailable where the named one does not work, with what to install.
    """
    known = sandboxes_by_strength()
    if name == "auto":
        return next(each for each in known if each.report().available)
    chosen = next((each for each in known if each.name == name), None)
    if chosen is None:
        raise BadRequest(f"there is no sandbox {name}", f"there are {', '.join(each.name for each in known)}")
    report = chosen.report()
    if not report.available:
        raise Unavailable(f"the sandbox {name} cannot be used: {report.reason}", "autonav doctor says more")
    return chosen


def limited(argv: Sequence[str], limits: Limits) -> list[str]:
    """Return the argv that sets the limits of the process and then becomes the command.

    The shell's `ulimit` is used because code run between fork and exec is unsafe in a threaded program.
    """
    script = (
        f"ulimit -t {limits.cpu_seconds}; ulimit -v {limits.memory_bytes >> 10}; "
        f'ulimit -f {limits.file_bytes >> 9}; ulimit -c 0; exec "$@"'
    )
    return ["/bin/sh", "-c", script, "sh", *argv]


def existing(paths: Sequence[str]) -> list[str]:
    """Return the paths that exist, without those that lie in another of them."""
    real = sorted({os.path.realpath(path) for path in paths if path and os.path.exists(path)})
    kept: list[str] = []
    for path in real:
        if not any(path == each or path.startswith(each + os.sep) for each in kept):
            kept.append(path)
    return kept
