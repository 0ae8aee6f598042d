"""bubblewrap: namespaces of its own for users, processes, network and mounts.

The checkout appears at the project's own path, so that an environment installed in editable mode
finds the candidate and not the person's files. A user namespace of its own, and none below it,
keeps root from mounting its way out.
"""

import os
import shutil
import subprocess
from functools import cache

from autonav_protocol.values.evaluation import SandboxReport
from autonav_server.confinement import cgroups, seccomp
from autonav_server.confinement.job import Job, Limits, Started
from autonav_server.confinement.processes import ProcessGroup
from autonav_server.sandbox import GUARANTEES, Sandbox, existing, is_within, limited

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt")
CONFIGURATION = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime",
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/ssl", "/etc/mime.types",
)  # fmt: skip


@cache
def report() -> SandboxReport:
    """Run `true` in it once, and say what stands in the way where that fails."""
    if shutil.which("bwrap") is None:
        return _unavailable("bubblewrap is not installed: apt install bubblewrap")
    argv = ["bwrap", *_walls(), "--ro-bind", "/", "/", "true"]
    tried = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    if tried.returncode:
        return _unavailable(tried.stderr.strip()[:200] or f"bwrap ended with {tried.returncode}")
    grouped = cgroups.usable_parents() is not None
    lacked = {
        "calls_filtered": not seccomp.is_available(),
        "total_memory_limit": not grouped,
        "process_limit": not grouped and os.geteuid() == 0,  # root is above the limit of a user
    }
    return SandboxReport("bubblewrap", True, "", {name: not lacked.get(name, False) for name in GUARANTEES})


def start(job: Job) -> Started:
    """Start the command with everything read-only or absent but the checkout and a private /tmp."""
    if not seccomp.is_available():
        return ProcessGroup(["bwrap", *_arguments(job)], job, waits=False)
    program = seccomp.open_program()
    try:
        return ProcessGroup(["bwrap", "--seccomp", str(program), *_arguments(job)], job, (program,), waits=False)
    finally:
        os.close(program)


def _arguments(job: Job) -> list[str]:
    argv = [*_walls(), "--clearenv"]
    for name, value in job.environment.items():
        argv += ["--setenv", name, value]
    argv += ["--proc", "/proc", "--dev", "/dev", *_scratch("/tmp", job.limits)]  # noqa: S108
    argv += _scratch(os.path.expanduser("~"), job.limits)
    for path in SYSTEM:
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            argv += ["--ro-bind", path, path]
    for path in CONFIGURATION:
        argv += ["--ro-bind-try", path, path]
    inner = [path for path in job.readable if is_within(path, job.root)]
    for path in existing([path for path in job.readable if path not in inner]):
        argv += ["--ro-bind", path, path]
    argv += ["--bind", job.channel.folder, job.channel.folder, "--bind", job.checkout, job.root]
    for path in inner:  # the project's own environment, which git ignores and the checkout lacks
        argv += ["--ro-bind", path, path]
    return [*argv, "--chdir", os.path.join(job.root, job.folder), "--", *limited(job.argv, job.limits, processes=True)]


def _scratch(path: str, limits: Limits) -> list[str]:
    return ["--size", str(limits.disk_bytes), "--tmpfs", path]


def _walls() -> list[str]:
    return [
        "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session",
        "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--cap-drop", "ALL",
    ]  # fmt: skip


def _unavailable(reason: str) -> SandboxReport:
    return SandboxReport("bubblewrap", False, reason, dict.fromkeys(GUARANTEES, False))


SANDBOX = Sandbox("bubblewrap", rank=10, report=report, start=start, inside=lambda job: job.root)
