"""The worker pool: what comes back, what is cancelled, killed or left behind, and when it holds back."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import CancelledError, Executor, as_completed, wait
from itertools import pairwise
from pathlib import Path

import pytest

from autonav_protocol.errors import BadRequest, Internal, NotFound
from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server.confinement import pressure
from autonav_server.confinement.job import Limits
from autonav_server.confinement.pressure import Pressure, allowed, from_load, parse
from autonav_server.evaluation.checkouts import PREFIX
from autonav_server.evaluation.pool import Pool, _Worker
from autonav_server.evaluation.work import SPOILT, Setup, Work, evaluate, put, release
from support.shop import FAILING, git, processes_below, shop  # noqa: F401

RIGHT, WRONG = "price <= limit", "price < limit"
DAEMON = "__import__('subprocess').Popen(['sleep', '1000'], start_new_session=True).pid"
SLEEPY = f"({DAEMON}, __import__('time').sleep(1000))"
SUITE = 4


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A value that the environment of every worker holds."""
    value = f"AUTONAV_POOL_MARKER_{tmp_path.name}_{os.getpid()}"
    monkeypatch.setenv("AUTONAV_POOL_MARKER", value)
    return value


@pytest.fixture
def pool(marker: str) -> Iterator[Pool]:
    """Two workers on a machine at rest, which leave nothing behind."""
    with Pool(2, read_pressure=Pressure) as pool:
        yield pool
        pool.shutdown(cancel_futures=True)
    assert eventually(lambda: not processes_below(marker))


def setup_of(root: Path, sandbox: str = "process") -> Setup:
    """Return the setup of a project with pytest alone, whose plugins take long to import."""
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:hypothesispytest -p no:pytest-lsp -p no:asyncio\n")
    git(root, "add", "pytest.ini")
    git(root, "commit", "-qm", "plugins")
    tree = git(root, "rev-parse", "HEAD^{tree}").strip()
    return Setup(os.path.realpath(root), (), tree, sandbox, limits=Limits(10, 60.0))


def candidates(root: Path) -> tuple[bytes, bytes]:
    """Return the file as it is and with its fault mended."""
    text = (root / "shop/cart.py").read_bytes()
    return text, text.replace(WRONG.encode(), RIGHT.encode())


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Return whether something comes to hold."""
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return held


def sandboxed(owners: Collection[int]) -> int:
    """Return how many processes run on the checkouts of these processes."""
    return sum(len(processes_below(f"/{PREFIX}{owner}-")) for owner in owners)


def homes(*owners: int) -> list[str]:
    """Return the folders of checkouts of these processes."""
    names = [f"{PREFIX}{owner}-" for owner in owners]
    return [each for base in ("/dev/shm", "/tmp") for each in os.listdir(base) if each.startswith(tuple(names))]


def test_results_and_errors_come_back(pool: Pool) -> None:
    assert [each.result() for each in [pool.submit(pow, 2, n) for n in range(20)]] == [2**n for n in range(20)]
    assert list(pool.map(len, ["a", "bc"])) == [1, 2]
    assert pool.submit(int, "11", base=2).result() == 3
    with pytest.raises(ZeroDivisionError) as error:
        pool.submit(eval, "1 / 0").result()
    assert "in worker" in error.value.__notes__[0]
    with pytest.raises(SystemExit):
        pool.submit(sys.exit, 3).result()
    with pytest.raises(Exception, match=r"pickle|local object"):
        pool.submit(lambda: None).result()
    with pytest.raises(Exception, match="pickle"):
        pool.submit(eval, "lambda: None").result()
    with pytest.raises(Internal, match="cannot be sent"):
        pool.submit(eval, "(_ for _ in ()).throw(ValueError(lambda: None))").result()
    assert pool.submit(os.getpid).result() != os.getpid()


def test_our_errors_keep_their_next_step(pool: Pool) -> None:
    call = "(_ for _ in ()).throw(__import__('autonav_protocol.errors').errors.NotFound('no', 'look there'))"
    with pytest.raises(NotFound) as error:
        pool.submit(eval, f"next({call})").result()
    assert error.value.next_step == "look there"


def test_a_pool_that_is_shut_down_takes_nothing_and_finishes_what_it_has() -> None:
    with Pool(1, read_pressure=Pressure) as pool:
        futures = [pool.submit(pow, 2, n) for n in range(5)]
    assert [each.result(0) for each in futures] == [1, 2, 4, 8, 16]
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(pow, 2, 2)


def test_a_running_call_is_cancelled_with_all_it_started(pool: Pool, marker: str) -> None:
    assert pool.submit(pow, 2, 2).result() == 4
    future = pool.submit(eval, SLEEPY)
    assert eventually(lambda: any("sleep" in each for each in processes_below(marker)))
    assert future.running()
    assert future.cancel()
    assert future.cancelled()
    assert future.cancel()
    assert wait([future], 0).done == {future}
    with pytest.raises(CancelledError):
        future.result(0)
    assert eventually(lambda: not any("sleep" in each for each in processes_below(marker)))
    assert list(pool.map(abs, range(10))) == list(range(10))


IMPORTING = "__import__('_imp').acquire_lock(), __import__('time').sleep(1000)"
"""Stands still as in the middle of an import, with the lock that every import takes."""


def test_a_worker_ends_by_itself_whatever_its_main_thread_holds() -> None:
    worker = _Worker()
    asking = threading.Thread(target=worker.ask, args=(pickle.dumps((eval, (IMPORTING,), {})),))
    asking.start()
    while not worker.has_begun:
        time.sleep(0.01)
    time.sleep(0.2)
    worker.hang_up()
    assert worker._process.wait(2) == 0
    asking.join()


def test_a_worker_that_does_not_listen_is_cancelled_with_its_daemons(pool: Pool, marker: str) -> None:
    deaf = f"({DAEMON}, __import__('os').kill(__import__('os').getpid(), 19))"
    future = pool.submit(eval, deaf)
    assert eventually(lambda: any("sleep" in each for each in processes_below(marker)))
    assert future.cancel()
    assert eventually(lambda: not any("sleep" in each for each in processes_below(marker)))
    assert pool.submit(pow, 2, 2).result() == 4


def test_a_waiting_call_is_cancelled_and_never_runs(tmp_path: Path) -> None:
    with Pool(1, read_pressure=Pressure) as pool:
        first = pool.submit(time.sleep, 1000)
        second = pool.submit(os.mkdir, tmp_path / "ran")
        assert eventually(first.running)
        assert not second.running()
        assert second.cancel()
        assert first.cancel()
        assert set(as_completed([first, second], 5)) == {first, second}
        assert pool.submit(pow, 2, 2).result() == 4
    assert not (tmp_path / "ran").exists()


def test_what_has_ended_is_not_cancelled(pool: Pool) -> None:
    future = pool.submit(pow, 2, 2)
    assert future.result() == 4
    assert not future.cancel()
    assert not future.running()


def test_cancelling_races_with_ending(pool: Pool) -> None:
    futures = [pool.submit(abs, n) for n in range(60)]
    for n, future in enumerate(futures):
        if n % 3 == 0:
            future.cancel()
    assert not wait(futures, 30).not_done
    assert all(each.cancelled() or each.result() == n for n, each in enumerate(futures))
    assert all(each.result(0) == n for n, each in enumerate(futures) if n % 3)


def test_ending_all_at_once(marker: str) -> None:
    pool = Pool(2, read_pressure=Pressure)
    futures = [pool.submit(time.sleep, 1000) for _ in range(6)]
    assert eventually(lambda: sum(each.running() for each in futures) == 2)
    pool.shutdown(cancel_futures=True)
    assert all(each.cancelled() for each in futures)
    assert processes_below(marker) == []


def test_a_worker_that_dies_fails_its_call_and_is_replaced(pool: Pool) -> None:
    for _ in range(3):
        future = pool.submit(eval, "__import__('os').kill(__import__('os').getpid(), 9)")
        with pytest.raises(Internal, match="the worker that ran eval ended: signal 9"):
            future.result()
    assert list(pool.map(abs, range(10))) == list(range(10))
    idle = pool.submit(os.getpid).result()
    os.kill(idle, signal.SIGKILL)
    assert eventually(lambda: Path(f"/proc/{idle}/stat").read_text().split()[2] == "Z")
    assert list(pool.map(abs, range(10))) == list(range(10))


def test_a_repeatable_call_is_repeated_once(tmp_path: Path) -> None:
    log = tmp_path / "calls"
    once = f"[open({str(log)!r}, 'a').write('x'), open({str(log)!r}).read() == 'x' and __import__('os').abort()][1]"
    with Pool(1, repeatable=(eval,), read_pressure=Pressure) as pool:
        assert pool.submit(eval, once).result() is False
        assert log.read_text() == "xx"
        with pytest.raises(Internal, match="signal 6"):
            pool.submit(eval, "__import__('os').abort()").result()


def test_workers_hold_nothing_of_the_parent(pool: Pool) -> None:
    read, write = os.pipe()
    try:
        os.set_inheritable(write, True)
        os_ = "__import__('os')"
        folder = "'/proc/self/fd/'"
        listed = f"[{os_}.readlink({folder} + n) for n in {os_}.listdir({folder}) if {os_}.path.lexists({folder} + n)]"
        held = pool.submit(eval, listed).result()
        ours = {os.readlink(f"/proc/self/fd/{n}") for n in (0, 1, 2, write)} - {"/dev/null"}
        assert ours.isdisjoint(held)
        assert held.count("/dev/null") == 3
        assert all(each == "/dev/null" or each.startswith("socket:") for each in held)
        assert pool.submit(os.getsid, 0).result() not in (os.getsid(0), 0)
    finally:
        os.close(read)
        os.close(write)


def test_modules_of_the_current_folder_are_not_taken_for_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "queue.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with Pool(1, read_pressure=Pressure) as pool:
        assert pool.submit(pow, 2, 2).result() == 4
    assert not (tmp_path / "ran").exists()


PARENT = f"""
import sys, time
from autonav_server.confinement.pressure import Pressure
from autonav_server.evaluation.pool import Pool
pool = Pool(2, read_pressure=Pressure)
futures = [pool.submit(eval, {SLEEPY!r}) for _ in range(2)]
while not all(each.running() for each in futures): time.sleep(0.01)
print("running", flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_the_parent(how: signal.Signals, marker: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, env=environment())
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"running\n"
    assert eventually(lambda: sum(each.startswith("sleep") for each in processes_below(marker)) == 2)
    parent.send_signal(how)
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: not processes_below(marker))


def test_small_calls_leave_nothing_behind(pool: Pool, marker: str) -> None:
    assert list(pool.map(abs, range(4))) == list(range(4))
    below, descriptors = len(processes_below(marker)), len(os.listdir("/proc/self/fd"))
    opened = [len(each) for each in pool.map(os.listdir, ["/proc/self/fd"] * 4)]
    assert list(pool.map(abs, range(300))) == list(range(300))
    assert len(processes_below(marker)) == below
    assert len(os.listdir("/proc/self/fd")) <= descriptors  # others of this process may have been closed meanwhile
    assert max(len(each) for each in pool.map(os.listdir, ["/proc/self/fd"] * 4)) == max(opened)


def test_daemons_do_not_pile_up_in_a_worker(marker: str) -> None:
    with Pool(1, read_pressure=Pressure) as pool:
        for _ in range(40):
            pool.submit(eval, DAEMON).result()
        assert sum("sleep" in each for each in processes_below(marker)) <= 17
    assert eventually(lambda: not processes_below(marker))


@pytest.fixture(params=["bubblewrap", "process"])
def setup(request: pytest.FixtureRequest, shop: Path) -> Iterator[Setup]:  # noqa: F811
    """The shop in each sandbox; what this process keeps is released in the end."""
    if request.param == "bubblewrap" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    yield setup_of(shop, request.param)
    release()
    assert homes(os.getpid()) == []


def judged(evaluation: Evaluation) -> tuple[str, Outcome | None, int]:
    """Return what a test looks at."""
    return evaluation.problem, evaluation.outcomes.get(FAILING), evaluation.tests.collected


GOOD, BAD = ("", Outcome.PASSED, SUITE), ("", Outcome.FAILED, SUITE)


@pytest.mark.parametrize("fresh", [False, True])
def test_an_evaluation_sees_its_own_candidate_alone(setup: Setup, fresh: bool, shop: Path) -> None:  # noqa: F811
    _, mended = candidates(shop)
    for contents, expected in (
        ({}, BAD),
        ({"shop/cart.py": mended}, GOOD),
        ({"new/one.py": b"x = 1\n"}, BAD),
        ({}, BAD),
    ):
        assert judged(evaluate(Work(setup, contents, (), 10, fresh))) == expected
    added = evaluate(Work(setup, {"tests/test_new.py": b"def test_new(): pass\n"}, (), 10, fresh))
    assert judged(added) == ("", Outcome.FAILED, SUITE + 1)
    assert judged(evaluate(Work(setup, {}, (FAILING,), 10, fresh))) == ("", Outcome.FAILED, 1)


def test_a_checkout_whose_tests_were_changed_is_not_used_again(setup: Setup, shop: Path) -> None:  # noqa: F811
    evil = b"import pathlib\nfor each in pathlib.Path('tests').glob('test_*.py'): each.write_text('')\n"
    assert "the tests were changed" in evaluate(Work(setup, {"shop/cart.py": evil}, (), 10)).problem
    assert judged(evaluate(Work(setup, {}, (), 10))) == BAD


def test_a_link_that_a_candidate_leaves_is_not_followed(setup: Setup, shop: Path, tmp_path: Path) -> None:  # noqa: F811
    victim = tmp_path / "victim"
    victim.write_text("mine")
    text, mended = candidates(shop)
    evil = f"import os\nos.remove('shop/cart.py')\nos.symlink({str(victim)!r}, 'shop/cart.py')\n".encode() + text
    evaluate(Work(setup, {"shop/cart.py": evil}, (), 10))
    assert judged(evaluate(Work(setup, {"shop/cart.py": mended}, (), 10))) == GOOD
    folder = f"import os\nos.rename('shop', 'old')\nos.symlink({str(tmp_path)!r}, 'shop')\n".encode() + text
    assert evaluate(Work(setup, {"shop/cart.py": folder}, (), 10)).problem == SPOILT
    assert judged(evaluate(Work(setup, {"shop/cart.py": mended}, (), 10))) == GOOD
    assert judged(evaluate(Work(setup, {"docs.md": folder, "conf.py": folder}, ("-p", "conf"), 10)))[0]
    assert judged(evaluate(Work(setup, {"shop/cart.py": mended}, (), 10))) == GOOD
    assert victim.read_text() == "mine"
    assert not (tmp_path / "cart.py").exists()


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "a/../../out", "", "a//b", "."])
def test_no_path_leads_out(path: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        put(str(tmp_path), path, b"")
    assert list(tmp_path.iterdir()) == []


def right(executor: Executor, setup: Setup, mended: bytes, wreck: Callable[[], object], number: int) -> None:
    """Evaluate candidates, wreck something on the way, and compare all results."""
    good = {"shop/cart.py": mended}
    works = [Work(setup, good if n % 3 == 0 else {}, (), 10, fresh=n % 5 == 0) for n in range(number)]
    futures = [executor.submit(evaluate, each) for each in works]
    for done, future in enumerate(as_completed(futures, 120)):
        future.result()
        if done == number // 4:
            wreck()
    assert [judged(each.result()) for each in futures] == [GOOD if each.contents else BAD for each in works]


def test_evaluations_survive_a_killed_worker(setup: Setup, shop: Path, marker: str) -> None:  # noqa: F811
    with Pool(2, read_pressure=Pressure) as pool:
        pids = {pool.submit(os.getpid).result()}
        right(pool, setup, candidates(shop)[1], lambda: os.kill(min(pids), signal.SIGKILL), 16)
        pids |= set(pool.map(eval, ["(__import__('time').sleep(0.1), __import__('os').getpid())[1]"] * 4))
        slow = b"import os, time\nif os.fork(): time.sleep(1000)\nos.setsid()\ntime.sleep(1000)\n"
        future = pool.submit(evaluate, Work(setup, {"shop/cart.py": slow}, (), 10))
        assert eventually(lambda: sandboxed(pids) >= 2)
        time.sleep(0.05)
        assert future.cancel()
        assert judged(pool.submit(evaluate, Work(setup, {}, (), 10)).result()) == BAD
    assert eventually(lambda: not processes_below(marker) and not sandboxed(pids))
    assert homes(*pids) == []


def test_dask_evaluates_as_the_pool_does(shop: Path, tmp_path: Path, marker: str) -> None:  # noqa: F811
    distributed = pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", local_directory=str(tmp_path)
    )
    with cluster, distributed.Client(cluster) as client:
        pids = list(client.run(os.getpid).values())
        executor = client.get_executor(pure=False)
        right(executor, setup_of(shop), candidates(shop)[1], lambda: os.kill(pids[0], signal.SIGKILL), 24)
        assert eventually(lambda: len(client.scheduler_info()["workers"]) == 2, 30)
        pids += client.run(os.getpid).values()
    assert eventually(lambda: not homes(*pids))
    assert eventually(lambda: not [each for each in processes_below(marker) if "resource_tracker" not in each])


CPU = "some avg10={} avg60=0.58 avg300=3.07 total=2148382237\nfull avg10=9.00 avg60=0.00 avg300=0.00 total=0\n"


@pytest.mark.parametrize("said", [0.0, 0.6, 12.46, 100.0])
def test_the_kernels_words_are_read(said: float) -> None:
    assert parse(CPU.format(f"{said:.2f}")) == said


@pytest.mark.parametrize("text", ["", "full avg10=1.00 avg60=0.00", "some avg10=x", "some avg60=1.00"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ten seconds"):
        parse(text)


@pytest.mark.parametrize(
    ("load", "cores", "cpu"), [(0, 4, 0), (4, 4, 0), (6, 4, 50), (8, 4, 100), (80, 4, 100), (1.5, 1, 50)]
)
def test_a_load_stands_for_a_pressure(load: float, cores: int, cpu: float) -> None:
    assert from_load(load, cores) == Pressure(cpu=cpu)


@pytest.mark.parametrize(
    ("start", "pressures", "expected"),
    [
        (1, [(0, 0)] * 3, [2, 3, 4]),
        (4, [(90, 0)] * 5, [3, 2, 1, 1, 1]),
        (4, [(60, 0), (60, 0)], [4, 4]),
        (4, [(70, 0), (69, 0), (50, 0), (49, 0)], [3, 3, 3, 4]),
        (8, [(0, 10), (0, 9), (0, 5), (0, 4.9), (0, 0)], [1, 1, 1, 2, 3]),
        (8, [(90, 50), (90, 0), (0, 7)], [1, 1, 1]),
        (0, [(60, 0)], [1]),
    ],
)
def test_as_many_run_as_the_pressure_allows(
    start: int, pressures: list[tuple[float, float]], expected: list[int]
) -> None:
    now, seen = start, []
    for cpu, memory in pressures:
        now = allowed(now, Pressure(cpu, memory))
        seen.append(now)
    assert seen == expected


def test_the_pressure_of_this_machine_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert 0 <= pressure.read().cpu <= 100
    monkeypatch.setattr(pressure, "PSI", str(tmp_path))
    monkeypatch.setattr(os, "getloadavg", lambda: (1000.0, 0.0, 0.0))
    assert pressure.read() == Pressure(cpu=100)


def test_under_pressure_calls_run_one_at_a_time(tmp_path: Path) -> None:
    count = f"(open({str(tmp_path)!r} + '/' + str(n), 'w'), __import__('time').sleep(0.02), len(__import__('os').listdir({str(tmp_path)!r})), __import__('os').remove({str(tmp_path)!r} + '/' + str(n)))[2]"
    reads: list[float] = []

    def pressed() -> Pressure:
        reads.append(time.monotonic())
        return Pressure(memory=50)

    with Pool(4, read_pressure=pressed) as pool:
        seen = list(pool.map(eval, [count.replace("n)", f"{n})") for n in range(30)]))
    assert set(seen) == {1}
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(reads))


def environment() -> dict[str, str]:
    """Return an environment in which our packages are found."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
