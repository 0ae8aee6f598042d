"""What each sandbox says it guarantees, attacked: every cell of the table must be the truth."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autonav_protocol.errors import BadRequest, Unavailable
from autonav_server import sandbox as sandbox_module
from autonav_server.sandbox import GUARANTEES, Job, Limits, Sandbox, choose, sandboxes_by_strength

BROKEN, PATIENCE, PLENTY = "BROKEN", 20.0, Limits()
SANDBOXES = {each.name: each for each in sandboxes_by_strength()}


class Attacker:
    """Runs Python in one sandbox, on a checkout beside things that it should not reach."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.checkout, self.outside = folder / "checkout", folder / "outside"
        self.checkout.mkdir()
        self.outside.mkdir()

    def argv(self, code: str, limits: Limits = PLENTY) -> tuple[list[str], dict[str, str]]:
        readable = (sys.prefix, sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable)), str(self.outside))
        root = str(self.checkout)
        job = Job([sys.executable, "-c", code], root, root, readable, {"PATH": os.environ["PATH"]}, limits)
        return self.sandbox.wrap(job), dict(job.environment)

    def start(self, code: str) -> subprocess.Popen[bytes]:
        argv, environment = self.argv(code)
        return subprocess.Popen(argv, cwd=self.checkout, env=environment, start_new_session=True)

    def breaks(self, code: str, limits: Limits = PLENTY) -> bool:
        argv, environment = self.argv(code, limits)
        done = subprocess.run(
            argv, cwd=self.checkout, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return BROKEN in done.stdout


def network(attacker: Attacker) -> bool:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        return attacker.breaks(
            f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('BROKEN', flush=True)"
        )


def outside(attacker: Attacker) -> bool:
    attacker.breaks(f"open({str(attacker.outside / 'x')!r}, 'w').write('x')")
    return (attacker.outside / "x").exists()


def home(attacker: Attacker) -> bool:
    secret = Path(os.environ["HOME"]) / "secret"
    secret.write_text("secret")
    return attacker.breaks(f"open({str(secret)!r}).read(); print('BROKEN')")


def environment(attacker: Attacker) -> bool:
    return attacker.breaks("import os; print('BROKEN' if 'PLANTED' in os.environ else 'ok')")


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


def beats(attacker: Attacker) -> bool:
    """Return whether a heartbeat goes on, once what was killed has had time to die."""
    beat = attacker.checkout / "beat"
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        seen = beat.stat().st_mtime_ns
        time.sleep(0.4)
        if beat.stat().st_mtime_ns == seen:
            return False
    return True


def wait_for_beat(attacker: Attacker) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (attacker.checkout / "beat").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def tree(attacker: Attacker) -> bool:
    process = attacker.start(HEARTBEAT)
    wait_for_beat(attacker)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return beats(attacker)


def orphan(attacker: Attacker) -> bool:
    argv, env = attacker.argv("import time\nwhile True:\n    open('beat', 'w').write('x')\n    time.sleep(0.02)\n")
    code = f"import subprocess; subprocess.run({argv!r}, env={env!r}, cwd={str(attacker.checkout)!r})"
    server = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    wait_for_beat(attacker)
    server.kill()
    server.wait()
    going_on = beats(attacker)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    return going_on


def memory(attacker: Attacker) -> bool:
    return attacker.breaks("x = bytearray(1 << 30); print('BROKEN')", Limits(memory_bytes=512 << 20))


def cpu(attacker: Attacker) -> bool:
    code = "import time\nwhile time.process_time() < 3: pass\nprint('BROKEN')"
    return attacker.breaks(code, Limits(cpu_seconds=1))


def file_size(attacker: Attacker) -> bool:
    return attacker.breaks("open('x', 'wb').write(bytes(2 << 20)); print('BROKEN')", Limits(file_bytes=1 << 20))


def processes(attacker: Attacker) -> bool:
    code = (
        "import os, time, signal\npids = []\nfor _ in range(300):\n    pid = os.fork()\n    if pid == 0:\n"
        "        time.sleep(20); os._exit(0)\n    pids.append(pid)\n"
        "for pid in pids: os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)\nprint('BROKEN')"
    )
    return attacker.breaks(code)


ATTACKS: dict[str, Callable[[Attacker], bool]] = {
    "no_network": network,
    "outside_read_only": outside,
    "home_hidden": home,
    "clean_environment": environment,
    "whole_tree_killed": tree,
    "dies_with_server": orphan,
    "memory_limit": memory,
    "cpu_limit": cpu,
    "file_size_limit": file_size,
    "process_limit": processes,
}


def test_every_guarantee_has_an_attack() -> None:
    assert tuple(ATTACKS) == GUARANTEES


@pytest.mark.parametrize("guarantee", GUARANTEES)
@pytest.mark.parametrize("name", SANDBOXES)
def test_a_guarantee_is_the_truth(name: str, guarantee: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = SANDBOXES[name].report()
    if not report.available:
        pytest.skip(report.reason)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PLANTED", "secret")
    attacker = Attacker(SANDBOXES[name], tmp_path)
    assert ATTACKS[guarantee](attacker) == (not report.guarantees[guarantee])


def test_a_sandbox_sees_its_own_checkout_at_the_path_of_the_project(tmp_path: Path) -> None:
    report = SANDBOXES["bubblewrap"].report()
    if not report.available:
        pytest.skip(report.reason)
    attacker = Attacker(SANDBOXES["bubblewrap"], tmp_path)
    (attacker.checkout / "mine").write_text("x")
    assert attacker.breaks("import os; print('BROKEN' if os.path.exists('mine') else 'ok')")


def test_auto_takes_the_strongest_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    working = [name for name, each in SANDBOXES.items() if each.report().available]
    assert choose("auto").name == working[0]
    assert working[-1] == "process"
    with pytest.raises(BadRequest, match="there is no sandbox moon"):
        choose("moon")
    missing = sandbox_module.SandboxReport("bubblewrap", False, "bubblewrap is not installed", {})
    absent = Sandbox("bubblewrap", 1, lambda: missing, lambda job: [], lambda job: "")
    monkeypatch.setattr(sandbox_module, "sandboxes_by_strength", lambda: [absent, SANDBOXES["process"]])
    assert choose("auto").name == "process"
    with pytest.raises(Unavailable, match="not installed"):
        choose("bubblewrap")
