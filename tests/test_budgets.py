"""What an exploration may use: seconds of CPU, kept when it goes on, and a fair share of the processors."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.search.asktell import Told
from autonav_analysis.search.rewards import Result
from autonav_server.confinement import seats
from autonav_server.confinement.job import Limits
from autonav_server.confinement.pressure import Pressure
from autonav_server.confinement.seats import Seat, share
from autonav_server.evaluation.evaluate import run_tests
from autonav_server.evaluation.journal import Journal
from autonav_server.evaluation.messages import Request
from autonav_server.evaluation.pool import Pool
from autonav_server.evaluation.swap import SwapRunner
from autonav_server.evaluation.warm import WarmRunner
from autonav_server.sandbox import known_sandboxes
from autonav_server.toolchains.python import detect
from autonav_server.worktree.paths import runtime_folder
from autonav_server.worktree.trust import set_trusted
from support.shop import FAILING, shop  # noqa: F401

BURN = """import time


def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_burns():
    burn(0.3)
"""
WAYS = ("fresh", "warm", "swap")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["bubblewrap", "process"])
def test_an_evaluation_says_what_it_used(tmp_path: Path, name: str, way: str) -> None:
    sandbox = next(each for each in known_sandboxes() if each.name == name)
    if not sandbox.report().available:
        pytest.skip(sandbox.report().reason)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "test_burn.py").write_text(BURN)
    found = detect(str(checkout), None)
    assert found is not None
    tests = replace(found, environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    setup = (sandbox, tests, str(checkout), str(checkout), Limits(20, 90.0))
    if way == "fresh":
        seen = run_tests(*setup).evaluation
    else:
        runner = WarmRunner(*setup) if way == "warm" else SwapRunner(*setup)
        seen = runner.run(cpu_seconds=10) if isinstance(runner, WarmRunner) else runner.run({}, cpu_seconds=10)
        runner.close()
    assert seen is not None
    assert seen.outcomes == {"test_burn.py::test_burns": "passed"}
    assert seen.cpu_seconds is not None
    assert 0.3 <= seen.cpu_seconds < 5


REQUEST = Request("/", {}, "tree", "t", "run", 1, 1, 1, "auto", None, (), 1, None, "staged", 0, "")


def told(name: str) -> Told:
    return Told(name, 1, False, Result((True,)))


def test_the_journal_keeps_what_was_used(tmp_path: Path) -> None:
    first = Journal(str(tmp_path), REQUEST)
    assert first.cpu_seconds == 0
    first.append(told("a"), 1.5)
    first.append(told("b"), 2.25)
    again = Journal(str(tmp_path), REQUEST)
    assert (again.cpu_seconds, len(again.entries)) == (2.25, 2)
    again.end(2.5)
    assert Journal(str(tmp_path), REQUEST).cpu_seconds == 2.5
    assert len(Journal(str(tmp_path), REQUEST).entries) == 2
    assert Journal(str(tmp_path), replace(REQUEST, seed=1)).cpu_seconds == 0


def test_a_journal_of_before_this_was_kept_can_be_read(tmp_path: Path) -> None:
    Journal(str(tmp_path), REQUEST).append(told("a"), 1.0)
    path = tmp_path / "journal.jsonl"
    head, entry = path.read_text().splitlines()
    old = {name: value for name, value in json.loads(entry).items() if name != "cpu_seconds"}
    path.write_text(f"{head}\n{json.dumps(old)}\n")
    journal = Journal(str(tmp_path), REQUEST)
    assert (journal.cpu_seconds, len(journal.entries)) == (0, 1)


def test_cpu_seconds_end_a_search_and_count_on(shop: Path) -> None:  # noqa: F811
    set_trusted(str(shop), trusted=True)
    (shop / "autonav.toml").write_text("[explore]\nworkers = 1\n[sandbox]\nbackend = 'process'\n")

    def explore(*argv: str) -> Any:
        command = [sys.executable, "-m", "autonav_server.main", "explore", "--test", FAILING, *argv, "--format", "json"]
        return json.loads(subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False).stdout)

    cut = explore("--cpu-seconds", "0.001", "--seconds", "200")
    assert cut["evaluations"] <= 1
    assert cut["candidates"] == []
    assert 0.001 <= cut["cpu_seconds"] < 30
    again = explore("--cpu-seconds", str(cut["cpu_seconds"]), "--resume", cut["run"], "--seconds", "200")
    assert (again["evaluations"], again["cpu_seconds"]) == (cut["evaluations"], cut["cpu_seconds"])
    assert "s of CPU" in again["explanation"]


SHARES = {
    (2, 0, 1): 2, (2, 0, 2): 1, (2, 1, 2): 1, (3, 0, 2): 2, (3, 1, 2): 1, (8, 2, 3): 2, (1, 3, 4): 1, (2, 4, 5): 1,
}  # fmt: skip


@pytest.mark.parametrize(("asked", "expected"), SHARES.items())
def test_a_share_of_the_workers(asked: tuple[int, int, int], expected: int) -> None:
    assert share(*asked) == expected


def test_seats_are_taken_and_left() -> None:
    first, second = Seat(), Seat()
    assert {first.place(), second.place()} == {(0, 2), (1, 2)}
    second.leave()
    assert first.place() == (0, 1)
    first.leave()
    assert os.listdir(runtime_folder() / "seats") == []


def test_the_seat_of_a_process_that_was_killed_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        with monkeypatch.context() as patch:
            patch.setattr(seats, "this_process", lambda: f"{other.pid}-{_started(other.pid)}")
            Seat()
        mine = Seat()
        assert mine.place()[1] == 2
        other.kill()
    assert mine.place() == (0, 1)


def _started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


MEET = """(lambda os, time, mark: (
    open(mark, "x").close(),
    max([time.sleep(0.05) or len(os.listdir(os.path.dirname(mark))) for _ in range(20)]),
    os.unlink(mark),
)[1])(__import__("os"), __import__("time"), {mark!r})"""
"""Says that it runs, and returns how many there ever were beside it."""


def test_two_pools_share_the_workers(tmp_path: Path) -> None:
    easy = {"read_pressure": lambda: Pressure(0.0, 0.0)}
    with Pool(2, **easy) as alone:
        both = [alone.submit(eval, MEET.format(mark=str(tmp_path / str(number)))) for number in range(2)]
        assert max(each.result() for each in both) == 2
    with Pool(2, **easy) as one, Pool(2, **easy) as other:
        for pool in (one, other):
            pool.submit(os.getpid).result()  # both have a seat now
        for pool in (one, other):
            pool._read_at = -10.0  # what was read before the other came is forgotten
        marks = [(pool, str(tmp_path / f"{id(pool)}-{number}")) for number in range(2) for pool in (one, other)]
        calls = [pool.submit(eval, MEET.format(mark=mark)) for pool, mark in marks]
        assert max(each.result() for each in calls) == 2
