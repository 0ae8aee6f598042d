"""Work in a fork of its own: within limits, ended with all it started, and with nothing of it left.

Runs under the project's own interpreter: standard library alone, Python 3.8 or newer.
"""

import contextlib
import os
import resource
import select
import shutil
import signal
import tempfile
import time


def in_fork(work, cpu_seconds, wall_seconds):
    """Run `work` in a fork and end all it started; return its exit code, its usage, and whether it ended in time."""
    scratch = tempfile.mkdtemp()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _confine(scratch, cpu_seconds)
            code = work()
        finally:
            os._exit(code)
    with contextlib.suppress(OSError):  # it did so itself, and may have ended
        os.setpgid(pid, pid)
    in_time = _wait(pid, wall_seconds)
    for end in (os.killpg, os.kill):
        with contextlib.suppress(OSError):  # it has ended
            end(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    shutil.rmtree(scratch, ignore_errors=True)
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    return code if in_time else None, usage, in_time


def _confine(scratch, cpu_seconds):
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _wait(pid, seconds):
    """Return whether a process ends in so many seconds; it is left to be waited for."""
    try:
        watched = os.pidfd_open(pid)
    except (AttributeError, OSError):  # an older Python, or kernel
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                return True
            time.sleep(0.002)
        return False
    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)
