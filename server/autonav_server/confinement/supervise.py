"""Watching over a run: collect what it says, and end it at the limits that no kernel keeps for us."""

import os
import select
import time
from typing import NamedTuple

from autonav_server.confinement.channel import FULL
from autonav_server.confinement.job import Job, Started

POLL_SECONDS = 0.1
WALK_SHARE = 20
"""The files of a checkout are looked through for at most one part in so many of the time."""


class Finished(NamedTuple):
    """A run that is over. `stopped` is why it was ended: "wall", "disk", "memory", or "" where it ended itself.

    `exit_code` is None where it was ended by us; `peak_memory` is in bytes, `cpu_seconds` of all it started; None where nobody knows.
    """

    exit_code: int | None
    output: bytes
    errors: bytes
    report: bytes
    stopped: str
    peak_memory: int | None
    cpu_seconds: float | None


def supervise(started: Started, job: Job) -> Finished:
    """Follow a run to its end, and end it, with all it started, where it does not."""
    channel, limits = job.channel, job.limits
    output, errors, report = bytearray(), bytearray(), bytearray()
    stopped = ""
    begun = time.monotonic()
    size_at_start, next_walk = None, begun + POLL_SECONDS
    kept_by_name = {"output": output, "errors": errors, "report": report}
    pipes = {channel.descriptor(name): (name, kept) for name, kept in kept_by_name.items()}
    while not stopped:
        ready = select.select([started.ended, *pipes], [], [], POLL_SECONDS)[0]
        for descriptor in ready:
            if descriptor in pipes:
                name, kept = pipes[descriptor]
                kept += channel.read(name)
                del kept[:-FULL]
        if started.ended in ready:
            break
        now = time.monotonic()
        if now - begun > limits.wall_seconds:
            stopped = "wall"
        elif now >= next_walk:
            size = size_of(job.checkout)
            size_at_start = size if size_at_start is None else size_at_start
            if size - size_at_start > limits.disk_bytes:
                stopped = "disk"
            next_walk = now + max(POLL_SECONDS, WALK_SHARE * (time.monotonic() - now))
    ended = started.end()
    for name, kept in kept_by_name.items():
        kept.extend(channel.read(name))
    if ended.out_of_memory and not stopped:
        stopped = "memory"
    return Finished(
        None if stopped else ended.exit_code, bytes(output), bytes(errors), bytes(report), stopped, ended.peak_memory,
        ended.cpu_seconds,
    )  # fmt: skip


def size_of(folder: str) -> int:
    """Return the bytes that the files below a folder take on the disk."""
    total, waiting = 0, [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
    return total
