"""A plain process group with resource limits: works everywhere, and says plainly what it lacks."""

from autonav_protocol.values.evaluation import SandboxReport
from autonav_server.sandbox import GUARANTEES, Job, Sandbox, limited

HELD = frozenset(("clean_environment", "cpu_limit", "file_size_limit", "memory_limit"))


def report() -> SandboxReport:
    """Return what a plain process guarantees: limits of its own, and no wall around it."""
    return SandboxReport("process", True, "", {name: name in HELD for name in GUARANTEES})


def wrap(job: Job) -> list[str]:
    """Return the command under its limits."""
    return limited(job.argv, job.limits)


SANDBOX = Sandbox("process", rank=100, report=report, wrap=wrap, inside=lambda job: job.checkout)
