"""A command to run in a sandbox, what it may use, and what became of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from autonav_server.confinement.channel import Channel

TOTAL_MEMORY = 6 << 30


def most_memory() -> int:
    """Return half of the bytes of memory that this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


@dataclass(frozen=True)
class Limits:
    """What one command may use; seconds of CPU are of each process, the totals of all of them together."""

    cpu_seconds: int = 30
    wall_seconds: float = 130.0
    memory_bytes: int = 4 << 30
    total_memory_bytes: int = field(default_factory=lambda: min(TOTAL_MEMORY, most_memory()))
    file_bytes: int = 256 << 20
    disk_bytes: int = 1 << 30
    processes: int = 512


@dataclass(frozen=True)
class Job:
    """A command to run. `checkout` is the folder it may write; `root` is the path the project believes to be at.

    `channel` are the pipes it may use, `readable` further paths it needs to read, and `environment` is
    all it gets to see. It runs in `folder`, below the checkout; what it says on standard error is part of its
    output where that is `merged`.
    """

    argv: Sequence[str]
    checkout: str
    root: str
    channel: Channel
    readable: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    folder: str = ""
    merged: bool = True


class Ended(NamedTuple):
    """What became of a command; `peak_memory` is in bytes, `cpu_seconds` of all it started, None where nobody knows."""

    exit_code: int
    peak_memory: int | None
    out_of_memory: bool = False
    cpu_seconds: float | None = None


class Started(Protocol):
    """A command that runs. `ended` is a descriptor that becomes readable when it has ended."""

    ended: int

    def end(self) -> Ended:
        """End the command with all it started, release what it held, and return what became of it."""
        ...
