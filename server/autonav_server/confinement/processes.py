"""A command as a process group of this machine, in a control group of its own where that is possible."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

from autonav_server.confinement import cgroups, live
from autonav_server.confinement.job import Ended, Job


class ProcessGroup:
    """A process group that runs; `ended` becomes readable when its leader has ended.

    `waits` says that the leader waits for what it starts, so that the kernel's account of it is of all.
    """

    def __init__(self, argv: Sequence[str], job: Job, descriptors: Sequence[int] = (), *, waits: bool = True) -> None:
        self._waits = waits
        limits = job.limits
        self._group = cgroups.make(limits.total_memory_bytes, limits.processes)
        output = os.open(job.channel.path("output"), os.O_WRONLY | os.O_CLOEXEC)
        errors = os.open(job.channel.path("output" if job.merged else "errors"), os.O_WRONLY | os.O_CLOEXEC)
        try:
            self._process = subprocess.Popen(
                self._group.entering(argv) if self._group else argv,
                cwd=os.path.join(job.checkout, job.folder),
                env=dict(job.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                pass_fds=tuple(descriptors),
                start_new_session=True,
            )
        except OSError:
            if self._group:
                self._group.end()
            raise
        finally:
            os.close(output)
            os.close(errors)
        self.ended = os.pidfd_open(self._process.pid)
        self._result: Ended | None = None
        live.begun(self)

    def end(self) -> Ended:
        """Kill the whole group, whether or not its leader has ended, and return what became of the leader."""
        if self._result is not None:
            return self._result
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except PermissionError:
            self._process.kill()
        except ProcessLookupError:
            pass
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        os.close(self.ended)
        peak, out_of_memory = usage.ru_maxrss * 1024, False
        cpu = usage.ru_utime + usage.ru_stime if self._waits else None
        if self._group is not None:
            with contextlib.suppress(OSError):
                peak = self._group.peak_memory() or peak
                cpu = self._group.cpu_seconds() or cpu
                out_of_memory = self._group.ran_out_of_memory()
            self._group.end()
        live.ended(self)
        self._result = Ended(self._process.returncode, peak, out_of_memory, cpu)
        return self._result
