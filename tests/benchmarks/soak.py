"""Thousands of evaluations through the pool, cancelled once and killed once, and what leaks: `soak.py [EVALUATIONS]`."""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / each) for each in ("server", "analysis", "protocol_ext", "tests")]

from autonav_protocol.values.evaluation import Evaluation, Outcome  # noqa: E402
from autonav_server.confinement.owners import is_gone  # noqa: E402
from autonav_server.confinement.pressure import Pressure  # noqa: E402
from autonav_server.evaluation.pool import Pool, Task  # noqa: E402
from autonav_server.evaluation.work import Setup, Work, evaluate  # noqa: E402

EVALUATIONS, WORKERS, LINES = 10_000, 2, 20
MARKER = "AUTONAV_SOAK"
FILES = {
    "pytest.ini": "[pytest]\naddopts = -p no:hypothesispytest -p no:pytest-lsp -p no:asyncio -p no:anyio\n",
    "one.py": "def one(x):\n    return x + 2\n",
    "test_one.py": "from one import one\n\ndef test_one():\n    assert one(1) == 2\n",
}
RIGHT = b"def one(x):\n    return x + 1\n"
HEADER = ("evaluations", "wrong", "seconds", "processes", "descriptors", "mounts", "cgroups", "files", "RSS MiB")


def main() -> int:
    """Run the pool in a process that is killed in the middle and started again, and say what leaked."""
    evaluations = int(sys.argv[1]) if len(sys.argv) > 1 else EVALUATIONS
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        os.environ[MARKER] = folder
        root = project(Path(folder) / "project")
        started = time.monotonic()
        before = measured(None)
        print(*(f"{each:>12}" for each in HEADER))
        said(0, 0, started, before)
        half = evaluations // 2
        done, wrong = follow(root, evaluations, half, started, kill=True)
        time.sleep(1.0)
        print("  killed: what is left a second later, and is removed when the next one starts")
        said(done, wrong, started, measured(None))
        rest, more = follow(root, evaluations - done, 0, started, kill=False, done=done)
        time.sleep(0.5)
        after = measured(None)
        said(done + rest, wrong + more, started, after)
    leaked = [
        f"{name}: {old} before, {new} after"
        for name, old, new in zip(HEADER[3:8], before, after, strict=False)
        if new > old
    ]
    print("leaked: " + "; ".join(leaked) if leaked else "nothing leaked")
    return 1 if leaked or wrong + more or done + rest < evaluations else 0


def follow(root: str, evaluations: int, kill_at: int, started: float, *, kill: bool, done: int = 0) -> tuple[int, int]:
    """Run evaluations in a process of its own, print what it holds, and return how many came back, and how many wrong."""
    argv = [sys.executable, __file__, "--inner", root, str(evaluations)]
    inner = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert inner.stdout is not None
    came = wrong = 0
    for line in inner.stdout:
        came, wrong = map(int, line.split())
        said(done + came, wrong, started, measured(inner.pid))
        if kill and came >= kill_at:
            inner.send_signal(signal.SIGKILL)
            break
    inner.wait()
    inner.stdout.close()
    return came, wrong


def inner(root: str, evaluations: int) -> None:
    """Evaluate, right and wrong candidates in turn, cancel all that runs once, and say now and then how far it is."""
    tree = subprocess.run(["git", "write-tree"], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    setup = Setup(root, (), tree, "bubblewrap")
    came = wrong = 0
    cancelled = False
    every = max(1, evaluations // LINES)
    with Pool(WORKERS, read_pressure=Pressure) as pool:
        waiting: list[tuple[Task, bool]] = []
        number = 0
        while came < evaluations:
            while len(waiting) < 4 * WORKERS and number - came < evaluations:
                right = number % 2 == 0
                waiting.append((pool.submit(evaluate, candidate(setup, right=right)), right))
                number += 1
            if not cancelled and came >= evaluations // 4:
                cancelled = True
                for task, _ in waiting:
                    task.cancel()
                waiting = []
                continue
            task, right = waiting.pop(0)
            came += 1
            wrong += not is_as_expected(task.result(), right=right)
            if came % every == 0:
                print(came, wrong, flush=True)
        for task, _ in waiting:
            task.cancel()


def candidate(setup: Setup, *, right: bool) -> Work:
    """Return a candidate that passes, or the file as it is, which fails."""
    return Work(setup, {"one.py": RIGHT if right else FILES["one.py"].encode()}, (), 10)


def is_as_expected(evaluation: Evaluation, *, right: bool) -> bool:
    """Return whether the one test came out as it must."""
    expected = Outcome.PASSED if right else Outcome.FAILED
    return not evaluation.problem and evaluation.outcomes == {"test_one.py::test_one": expected}


def project(root: Path) -> str:
    """Write the project with its index."""
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    for argv in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *argv], cwd=root, check=True)
    return os.path.realpath(root)


def measured(pid: int | None) -> list[int]:
    """Return the numbers of the columns from `processes` on, for a process and what runs below it."""
    ours = set(running())
    memory = sum(resident(each) for each in ours if each != os.getpid())
    mounts = len(Path("/proc/self/mounts").read_text().splitlines())
    groups = [each for each in glob.glob("/sys/fs/cgroup/**/autonav-*", recursive=True) if is_ours(each, ours)]
    files = [each for base in ("/dev/shm", "/tmp") for each in glob.glob(f"{base}/autonav-*") if is_ours(each, ours)]
    descriptors = sum(opened(each) for each in ours if each != os.getpid()) if pid else 0
    return [len(ours), descriptors, mounts, len(groups), len(files), memory >> 20]


def is_ours(path: str, ours: set[int]) -> bool:
    """Return whether a group or folder belongs to one of our processes, or to one that is gone."""
    owner = os.path.basename(path).removeprefix("autonav-").removeprefix("checkouts-")
    return is_gone(owner) or int(owner.partition("-")[0]) in ours


def running() -> Iterator[int]:
    """Yield the processes that name the folder of this soak, in their environment or arguments, but this one."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            known = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if os.environ[MARKER].encode() in known and int(pid) != os.getpid():
            yield int(pid)


def resident(pid: int) -> int:
    """Return the bytes of memory a process has resident, 0 where it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def opened(pid: int) -> int:
    """Return how many descriptors a process has open."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def said(evaluations: int, wrong: int, started: float, numbers: list[int]) -> None:
    """Print one row."""
    row = (evaluations, wrong, round(time.monotonic() - started), *numbers)
    print(*(f"{each:>12,}" for each in row), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inner"]:
        inner(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main())
