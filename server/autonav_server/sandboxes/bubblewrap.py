"""bubblewrap: namespaces of its own for users, processes, network and mounts.

The checkout appears at the project's own path, so that an environment installed in editable mode
finds the candidate and not the person's files. A user namespace of its own, and none below it,
keeps root from mounting its way out.
"""

import os
import shutil
import subprocess
from functools import lru_cache

from autonav_protocol.values.evaluation import SandboxReport
from autonav_server.sandbox import GUARANTEES, Job, Sandbox, existing, limited

LACKED = frozenset(("process_limit",))
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt")
CONFIGURATION = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime",
    "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/ssl", "/etc/mime.types",
)  # fmt: skip


@lru_cache(maxsize=1)
def report() -> SandboxReport:
    """Run `true` in it once, and say what stands in the way where that fails."""
    if shutil.which("bwrap") is None:
        return _unavailable("bubblewrap is not installed: apt install bubblewrap")
    tried = subprocess.run(
        ["bwrap", *_walls(), "--ro-bind", "/", "/", "true"], capture_output=True, text=True, timeout=20, check=False
    )
    if tried.returncode:
        return _unavailable(tried.stderr.strip()[:200] or f"bwrap ended with {tried.returncode}")
    return SandboxReport("bubblewrap", True, "", {name: name not in LACKED for name in GUARANTEES})


def wrap(job: Job) -> list[str]:
    """Return bwrap with everything read-only or absent but the checkout and a private /tmp."""
    home = os.path.expanduser("~")
    argv = ["bwrap", *_walls(), "--clearenv"]
    for name, value in job.environment.items():
        argv += ["--setenv", name, value]
    argv += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", home]  # noqa: S108
    for path in SYSTEM:
        if os.path.islink(path):
            argv += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            argv += ["--ro-bind", path, path]
    for path in CONFIGURATION:
        argv += ["--ro-bind-try", path, path]
    inner = [path for path in job.readable if _within(path, job.root)]
    for path in existing([path for path in job.readable if path not in inner]):
        argv += ["--ro-bind", path, path]
    argv += ["--bind", job.checkout, job.root]
    for path in inner:  # the project's own environment, which git ignores and the checkout lacks
        argv += ["--ro-bind", path, path]
    return [*argv, "--chdir", job.root, "--", *limited(job.argv, job.limits)]


def _walls() -> list[str]:
    return [
        "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session",
        "--uid", "1000", "--gid", "1000", "--hostname", "sandbox", "--cap-drop", "ALL",
    ]  # fmt: skip


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _unavailable(reason: str) -> SandboxReport:
    return SandboxReport("bubblewrap", False, reason, dict.fromkeys(GUARANTEES, False))


SANDBOX = Sandbox("bubblewrap", rank=10, report=report, wrap=wrap, inside=lambda job: job.root)
