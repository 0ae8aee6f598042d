"""Attacks on a sandbox, one for each guarantee: each says whether it succeeded.

They run in a process of any user: whatever a child of a fork needs is imported here.
"""

import contextlib
import os
import pickle
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from autonav_server.confinement import cgroups
from autonav_server.confinement.channel import Channel
from autonav_server.confinement.job import Ended, Job, Limits, Started
from autonav_server.confinement.supervise import supervise
from autonav_server.sandbox import Sandbox

T = TypeVar("T")
PYTHON = "/usr/bin/python3"
BROKEN, PATIENCE, SETTLE, PLENTY = "BROKEN", 20.0, 2.0, Limits()
NOBODY = 65534
MEBIBYTE = 1 << 20


class Bare:
    """A command with nothing around it, the proof that an attack works; it too can be ended."""

    def __init__(self, job: Job) -> None:
        output = os.open(job.channel.path("output"), os.O_WRONLY)
        self._process = subprocess.Popen(
            list(job.argv), cwd=job.checkout, stdout=output, stderr=output, close_fds=False, start_new_session=True
        )
        os.close(output)
        self.ended = os.pidfd_open(self._process.pid)

    def end(self) -> Ended:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        os.close(self.ended)
        return Ended(code, None)


class Attacker:
    """Runs Python in one sandbox, on a checkout beside things that it should not reach."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.checkout, self.outside, self.home = folder / "checkout", folder / "outside", folder / "home"
        for each in (self.checkout, self.outside, self.home):
            each.mkdir(exist_ok=True)

    def start(self, code: str, limits: Limits = PLENTY) -> tuple[Started, Job]:
        root = str(self.checkout)
        environment = {"PATH": os.environ["PATH"]}
        job = Job(
            [PYTHON, "-c", code], root, root, Channel(str(self.folder)), (str(self.outside),), environment, limits
        )
        return self.sandbox.start(job), job

    def said(self, code: str, limits: Limits = PLENTY) -> str:
        started, job = self.start(code, limits)
        if isinstance(started, Bare):  # nobody watches over it
            job = Job(job.argv, str(self.outside), job.root, job.channel, limits=Limits(wall_seconds=60))
        output = supervise(started, job).output.decode("utf-8", "replace")
        job.channel.close()
        return output

    def breaks(self, code: str, limits: Limits = PLENTY) -> bool:
        return BROKEN in self.said(code, limits)


def network(attacker: Attacker) -> bool:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        tcp = f"socket.create_connection(('127.0.0.1', {port}), 5); print('BROKEN', flush=True)"
        broken = attacker.breaks(f"import socket; {tcp}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(1)
        port = receiver.getsockname()[1]
        attacker.said(f"import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', {port}))")
        with contextlib.suppress(TimeoutError):
            broken = bool(receiver.recv(1)) or broken
    return broken


REMOUNT = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mount(None, {0!r}.encode(), None, 0x20 | 0x1000, None)
libc.mount(None, b'/', None, 0x20 | 0x1000, None)
open({0!r} + '/x', 'w').write('x')
"""


def outside(attacker: Attacker) -> bool:
    attacker.said(REMOUNT.format(str(attacker.outside)))
    return (attacker.outside / "x").exists()


def home(attacker: Attacker) -> bool:
    secret = attacker.home / "secret"
    secret.write_text("secret")
    return attacker.breaks(f"open({str(secret)!r}).read(); print('BROKEN')")


def environment(attacker: Attacker) -> bool:
    return attacker.breaks("import os; print('BROKEN' if 'PLANTED' in os.environ else 'ok')")


def descriptors(attacker: Attacker) -> bool:
    with open(attacker.home / "opened", "w+b") as file:
        file.write(b"secret")
        file.flush()
        os.set_inheritable(file.fileno(), True)
        return attacker.breaks(
            "import os\nfor fd in range(3, 1024):\n    try:\n        if os.pread(fd, 6, 0) == b'secret': print('BROKEN')\n"
            "    except OSError: pass"
        )


def calls(attacker: Attacker) -> bool:
    return attacker.breaks(
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print('BROKEN' if libc.ptrace(0, 0, 0, 0) == 0 or libc.unshare(0x10000000) == 0 else 'ok')"
    )


HEARTBEAT = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        end = time.time() + 30
        while time.time() < end:
            open('beat', 'w').write(str(time.time()))
            time.sleep(0.02)
        os._exit(0)
    os._exit(0)
time.sleep(30)
"""


def tree(attacker: Attacker) -> bool:
    started, job = attacker.start(HEARTBEAT)
    _wait_for_beat(attacker)
    started.end()
    job.channel.close()
    return _beats(attacker)


def orphan(attacker: Attacker) -> bool:
    server = os.fork()
    if server == 0:
        os.setsid()
        forget()
        attacker.start("import time\nfor _ in range(1500):\n    open('beat', 'w').write('x')\n    time.sleep(0.02)\n")
        time.sleep(60)
        os._exit(0)
    try:
        _wait_for_beat(attacker)
    finally:
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
    return _beats(attacker)


def wall(attacker: Attacker) -> bool:
    return attacker.breaks("import time; time.sleep(4); print('BROKEN')", Limits(wall_seconds=0.5))


def cpu(attacker: Attacker) -> bool:
    code = "import time\nwhile time.process_time() < 3: pass\nprint('BROKEN')"
    return attacker.breaks(code, Limits(cpu_seconds=1))


def memory(attacker: Attacker) -> bool:
    return attacker.breaks("x = bytearray(1 << 30); print('BROKEN')", Limits(memory_bytes=512 * MEBIBYTE))


def total_memory(attacker: Attacker) -> bool:
    code = (
        "import os, time\npids = []\nfor _ in range(5):\n    pid = os.fork()\n    if pid == 0:\n"
        "        x = bytearray(b'x') * (100 << 20); time.sleep(1); os._exit(0)\n    pids.append(pid)\n"
        "if not any(os.waitpid(pid, 0)[1] for pid in pids): print('BROKEN')"
    )
    return attacker.breaks(code, Limits(total_memory_bytes=300 * MEBIBYTE))


def file_size(attacker: Attacker) -> bool:
    return attacker.breaks("open('x', 'wb').write(bytes(2 << 20)); print('BROKEN')", Limits(file_bytes=MEBIBYTE))


def disk(attacker: Attacker) -> bool:
    scratch = f"/tmp/{attacker.folder.name}-scratch"
    code = (
        "import os, time\ndef fill(folder):\n    os.makedirs(folder, exist_ok=True)\n    for n in range(64):\n"
        "        with open(f'{folder}/{n}', 'wb') as file: file.write(bytes(1 << 20))\n        time.sleep(0.03)\n"
        f"    print('BROKEN', flush=True)\ntry: fill({scratch!r})\nexcept OSError: pass\nfill('many')"
    )
    try:
        return attacker.breaks(code, Limits(disk_bytes=16 * MEBIBYTE))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def processes(attacker: Attacker) -> bool:
    code = (
        "import os, time, signal\npids = []\ntry:\n    for _ in range(200):\n        pid = os.fork()\n"
        "        if pid == 0: time.sleep(20); os._exit(0)\n        pids.append(pid)\n    print('BROKEN')\n"
        "finally:\n    for pid in pids: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)"
    )
    return attacker.breaks(code, Limits(processes=64))


ATTACKS: dict[str, Callable[[Attacker], bool]] = {
    "no_network": network,
    "outside_read_only": outside,
    "home_hidden": home,
    "clean_environment": environment,
    "closed_descriptors": descriptors,
    "calls_filtered": calls,
    "whole_tree_killed": tree,
    "dies_with_server": orphan,
    "wall_limit": wall,
    "cpu_limit": cpu,
    "memory_limit": memory,
    "total_memory_limit": total_memory,
    "file_size_limit": file_size,
    "disk_limit": disk,
    "process_limit": processes,
}
"""By guarantee; each returns whether it broke it."""


def attacked(sandbox: Sandbox, guarantee: str) -> tuple[bool, bool, str]:
    """Return whether an attack on a guarantee succeeded, what the sandbox said, and why it cannot be used ("")."""
    folder = Path(tempfile.mkdtemp(prefix="autonav-attack-", dir="/tmp"))
    before = {name: os.environ.get(name) for name in ("HOME", "PLANTED")}
    os.environ |= {"HOME": str(folder / "home"), "PLANTED": "secret"}
    try:
        report = sandbox.report()
        if not report.available:
            return False, False, report.reason
        return ATTACKS[guarantee](Attacker(sandbox, folder)), report.guarantees.get(guarantee, False), ""
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
        _kill_beats(folder)
        shutil.rmtree(folder, ignore_errors=True)


def as_nobody(work: Callable[[], T]) -> T:
    """Return what `work` returns in a process of an ordinary user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.chdir("/tmp")
            os.environ |= {"HOME": "/tmp", "XDG_CACHE_HOME": "/tmp/nobody", "XDG_RUNTIME_DIR": "/tmp/nobody"}
            forget()
            result: object = work()
        except BaseException as error:
            result = RuntimeError(f"{type(error).__name__}: {error}")
        with os.fdopen(writing, "wb") as file:
            file.write(pickle.dumps(result))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        result = pickle.loads(file.read())
    os.waitpid(child, 0)
    if isinstance(result, BaseException):
        raise result
    return result  # type: ignore[return-value]


def forget() -> None:
    """Forget what was found out for another process or user."""
    from autonav_server.sandboxes import bubblewrap, container

    for cached in (cgroups.usable_parents, bubblewrap.report, container.report, container.client, container.is_podman):
        cached.cache_clear()


def _wait_for_beat(attacker: Attacker) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (attacker.checkout / "beat").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _beats(attacker: Attacker) -> bool:
    """Return whether a heartbeat goes on, once what was killed has had time to die; a busy machine may delay a beat."""
    beat = attacker.checkout / "beat"
    deadline = time.monotonic() + SETTLE
    while time.monotonic() < deadline:
        seen = beat.stat().st_mtime_ns
        if not _changes(beat, seen):
            return False
    return True


def _changes(file: Path, seen: int) -> bool:
    """Return whether a file is written to within the longest time that a beat may take."""
    deadline = time.monotonic() + SETTLE
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if file.stat().st_mtime_ns != seen:
            return True
    return False


def _kill_beats(folder: Path) -> None:
    """Kill what an attack that succeeded left behind."""
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.readlink(f"/proc/{name}/cwd").startswith(str(folder)):
                os.kill(int(name), signal.SIGKILL)
