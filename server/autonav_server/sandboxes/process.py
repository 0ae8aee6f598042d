"""A plain process group with resource limits: works everywhere, and says plainly what it lacks."""

import os

from autonav_protocol.values.evaluation import SandboxReport
from autonav_server.confinement import cgroups
from autonav_server.confinement.job import Job, Started
from autonav_server.confinement.processes import ProcessGroup
from autonav_server.sandbox import GUARANTEES, Sandbox, is_within, limited

HELD = frozenset(
    ("clean_environment", "closed_descriptors", "wall_limit", "cpu_limit", "file_size_limit", "memory_limit")
)
HELD_BY_GROUPS = frozenset(("whole_tree_killed", "total_memory_limit", "process_limit"))


def report() -> SandboxReport:
    """Return what a plain process guarantees: limits, and no wall around it."""
    held = HELD | HELD_BY_GROUPS if cgroups.usable_parents() else HELD
    return SandboxReport("process", True, "", {name: name in held for name in GUARANTEES})


def start(job: Job) -> Started:
    """Start the command under its limits; what the checkout lacks of the project's own environment is linked to."""
    for path in job.readable:
        here = os.path.join(job.checkout, os.path.relpath(path, job.root))
        if is_within(path, job.root) and not os.path.lexists(here) and os.path.isdir(os.path.dirname(here)):
            os.symlink(path, here)
    return ProcessGroup(limited(job.argv, job.limits), job)


SANDBOX = Sandbox(
    "process",
    rank=100,
    report=report,
    start=start,
    inside=lambda job: job.checkout,
    scratch=lambda job: job.channel.folder,
)
