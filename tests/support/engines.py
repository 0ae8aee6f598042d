"""Container engines for tests: a dockerd and a podman of our own, started when first asked for and ended with the tests."""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest

from support.end_to_end import ROOT

ENGINES = ("dockerd", "podman")
FOLDER = Path(os.environ.get("AUTONAV_ENGINES", ROOT / ".engines"))


@cache
def engine(name: str) -> str:
    """Return the address of an engine that runs; skip the test where it cannot be started."""
    if os.geteuid() != 0:
        pytest.skip("engines of our own need root")
    if not (FOLDER / "root/usr/sbin/dockerd").exists() and name == "dockerd":
        pytest.skip("no dockerd: tests/e2e/setup_engines .engines")
    if shutil.which("podman") is None and name == "podman":
        pytest.skip("no podman: apt install podman runc")
    folder = Path(tempfile.mkdtemp(prefix=f"autonav-{name}-", dir="/tmp"))
    socket = folder / "engine.sock"
    argv, environment = _dockerd(folder, socket) if name == "dockerd" else _podman(folder, socket)
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(argv, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    atexit.register(_end, process, folder)
    deadline = time.monotonic() + 30
    while not _answers(socket):
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        assert time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
        time.sleep(0.1)
    return f"unix://{socket}"


def _dockerd(folder: Path, socket: Path) -> tuple[list[str], dict[str, str]]:
    programs = FOLDER / "root/usr"
    environment = {
        **os.environ,
        "PATH": f"{programs}/sbin:{programs}/bin:{os.environ['PATH']}",
        "LD_LIBRARY_PATH": f"{programs}/lib/x86_64-linux-gnu",
    }
    flags = (
        "--iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --bridge=none --storage-driver overlay2 "
        f"--userland-proxy=false --data-root {folder}/data --exec-root {folder}/run -p {folder}/pid -H unix://{socket}"
    )
    # A network of its own, so that this machine's gets no bridge and no rule.
    script = f"ip link set lo up; exec dockerd {flags}"
    return ["unshare", "-m", "-n", "--propagation", "private", "sh", "-c", script], environment


def _podman(folder: Path, socket: Path) -> tuple[list[str], dict[str, str]]:
    (folder / "containers.conf").write_text(
        '[containers]\nnetns = "none"\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n'
    )
    (folder / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/graph"\n'
    )
    environment = {
        **os.environ,
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
    }
    return ["podman", "--runtime", "runc", "system", "service", "--time=0", f"unix://{socket}"], environment


def _answers(socket: Path) -> bool:
    import docker

    with contextlib.suppress(Exception):
        return bool(docker.DockerClient(base_url=f"unix://{socket}", timeout=5).ping())
    return False


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        os.killpg(process.pid, signal.SIGKILL)
    for mount in sorted(_mounts(folder), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _mounts(folder: Path) -> list[str]:
    with open("/proc/self/mounts", encoding="utf-8") as file:
        return [row[1] for line in file if (row := line.split())[1].startswith(str(folder))]
