"""`autonav ab-test`: what may be compared, on records by replay, and live."""

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.learning.trials import ALPHA
from autonav_protocol.errors import BadRequest
from autonav_protocol.operations.ab_test import AbTestResult
from autonav_protocol.settings import Settings
from autonav_protocol.values.learning import Tuning
from autonav_server.evaluation.exploration import explore
from autonav_server.exploration import keeping, paired
from autonav_server.generation.fields import extra, leaves
from autonav_server.learning.records import keep, project_of, records, task_of
from autonav_server.learning.tuning import tunables, with_values
from autonav_server.operations.ab_test import text
from autonav_server.surfaces import cli
from autonav_server.worktree.trust import set_trusted
from autonav_server.worktree.worktree import open_worktree
from support.shop import FAILING, processes_below, shop, standing  # noqa: F401
from support.trials import MENDED, ended_with_the_find, told_by_both

BETTER = "explore.weights.replace_name=4"


def ab_test(root: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autonav_server.main", "ab-test", *argv]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def answer(root: Path, *argv: str) -> Any:
    done = ab_test(root, *argv, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def project(shop: Path) -> str:  # noqa: F811
    worktree = open_worktree(str(shop))
    try:
        return project_of(worktree)
    finally:
        worktree.close()


REFUSED = [
    (["--b", "explore.nothing=1"], "sets nothing that is tunable; NAME=VALUE, of explore.workers, explore.exploration"),
    (["--b", "sandbox.backend=process"], "sets nothing that is tunable"),
    (["--b", "rules.AN101=0"], "sets nothing that is tunable"),
    (["--b", "explore.depth"], "sets nothing that is tunable"),
    (["--b", "explore.depth=21"], "explore.depth: Input should be less than or equal to 20"),
    (["--b", "explore.weights.replace_name=0"], "explore.weights.replace_name: Input should be greater than or equal"),
    (["--b", "explore.weights.no_such=2"], "there is no rewrite no_such"),
    (["--a", "explore.depth=2", "--b", "explore.depth=2"], "a and b search in the same way"),
    (["--b", "route.threshold=0.5"], "a and b search in the same way; let them differ in explore.workers"),
    (["--b", "explore.workers=4"], "no record can tell what another number of workers would take; --live"),
    (["--b", "explore.depth=2", "--seconds", "9"], "a replay has the budget of its record"),
    (["--b", "explore.depth=2", "--live"], "is not trusted, so its tests are not run"),
    (["--b", "explore.depth=2"], "no exploration is recorded that could be compared here"),
]


@pytest.mark.parametrize(("argv", "said"), REFUSED, ids=lambda each: " ".join(each) if isinstance(each, list) else "")
def test_what_cannot_be_compared(shop: Path, capsys: pytest.CaptureFixture[str], argv: list[str], said: str) -> None:  # noqa: F811
    assert cli.main(["ab-test", "-C", str(shop), *argv]) == 2
    assert said in capsys.readouterr().err


def test_nothing_but_what_is_tunable_can_be_expressed() -> None:
    fields = dict(leaves(Settings))
    assert set(tunables()) < set(fields)
    for name, info in fields.items():
        assert not ("guard" in extra(info) and "tunable" in extra(info)), f"{name} is a guard"
        for assignment in (f"{name}=1", f"{name}.x=1"):
            if name not in tunables():
                with pytest.raises(BadRequest, match="sets nothing that is tunable"):
                    with_values(Settings(), [assignment])


def test_a_planted_better_setting_is_found_by_replay(shop: Path, project: str) -> None:  # noqa: F811
    for number in range(len(MENDED)):
        keep(told_by_both(number, Tuning(weights={"replace_name": 4.0}), project))
    found = answer(shop, "--b", BETTER)
    trial = found["trial"]
    assert (trial["better"], trial["tasks"], trial["unanswered"]) == ("b", len(MENDED), 0)
    assert trial["low"] < trial["ratio"] < trial["high"] < 1
    assert trial["evidence"] >= 1 / ALPHA
    assert len(found["pairs"]) == len(MENDED)
    said = text(AbTestResult.model_validate(found))
    assert f"b: {BETTER}\nb costs {trial['ratio']:.2f} times the evaluations of a; between" in said
    assert "b costs less (evidence" in said


def test_a_small_difference_on_few_records_is_no_claim(shop: Path, project: str) -> None:  # noqa: F811
    for number in range(3):
        keep(ended_with_the_find(number, project))
    keep(replace(ended_with_the_find(3, project), versions={"search": "another"}))
    said = ab_test(shop, "--b", "explore.weights.wrap_value=4").stdout
    assert "the data cannot support a claim: about" in said
    assert "more tasks would show a gain of 20% (evidence" in said
    assert "how many times the evaluations of a b costs: nothing bounds it yet" in said
    assert "a record knows what its own search tried; --live runs both" in said
    assert "left out: 00000003 was made by another version of the search or the rewrites" in said
    said = ab_test(shop, "--b", "explore.weights.wrap_value=4", "--fixed", "50").stdout
    assert "the data cannot support a claim: 50 tasks were asked for and there are 3" in said


def test_records_of_other_repositories_are_asked_for(shop: Path, project: str) -> None:  # noqa: F811
    keep(ended_with_the_find(0, "another"))
    assert "no exploration is recorded" in ab_test(shop, "--b", "explore.depth=2").stderr
    trial = answer(shop, "--b", "explore.depth=2", "--everywhere")["trial"]
    assert (trial["pairs"], trial["ratio"], trial["why"]) == (1, 1.0, "no difference was seen")
    assert project != "another"


@pytest.fixture
def recorded_shop(shop: Path) -> Path:  # noqa: F811
    """The shop, trusted, with the record of an exploration of its failing test."""
    set_trusted(str(shop), trusted=True)
    worktree = open_worktree(str(shop))
    try:
        task = task_of(keeping.snapshot(worktree)[1], FAILING)
        keep(replace(ended_with_the_find(0, project_of(worktree)), task=task))
        keep(ended_with_the_find(1, project_of(worktree)))  # of a tree that is not known here
    finally:
        worktree.close()
    return shop


def test_both_really_explore_the_recorded_task(recorded_shop: Path) -> None:
    before = standing(recorded_shop)
    asked = ("--live", "--b", "explore.workers=1", "--b", "explore.depth=1", "--evaluations", "2", "--seconds", "60")
    found = answer(recorded_shop, *asked)
    trial, pair = found["trial"], found["pairs"][0]
    assert (trial["measure"], trial["tasks"], trial["better"], found["live"]) == ("seconds", 1, "", True)
    assert pair["task"].endswith(FAILING)
    assert min(pair["a"]["least"], pair["b"]["least"]) > 0
    assert sorted((each.workers, each.tuning.depth) for each in records()) == [
        (1, 1), (1, 20), (1, 20), (2, 20),
    ]  # fmt: skip
    assert len({each.task for each in records()}) == 2
    assert standing(recorded_shop) == before


async def test_cancelling_ends_all_that_runs(recorded_shop: Path) -> None:
    command = [sys.executable, "-m", "autonav_server.main", "ab-test", "--live", "--b", "explore.depth=1"]
    process = await asyncio.create_subprocess_exec(*command, cwd=recorded_shop, stderr=asyncio.subprocess.PIPE)
    explorer = explore.__module__.rpartition(".")[0]
    for _ in range(500):
        if any(explorer in each for each in _below(process.pid)):
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("nothing was explored")
    process.send_signal(signal.SIGINT)
    _, said = await process.communicate()
    assert (process.returncode, said) == (2, b"autonav: cancelled\n")
    for _ in range(300):
        if not processes_below(str(recorded_shop)):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"left: {processes_below(str(recorded_shop))}")


def _below(pid: int) -> list[str]:
    """Return the command lines of a process's children."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found.append(Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


BUDGETS = [
    ({"evaluations": 20, "seconds": 5.0}, (40, 40, True)),
    ({"evaluations": 12, "seconds": 5.0}, (40, 40, True)),  # nothing was left to ask
    ({"evaluations": 12, "seconds": 60.0}, (13, 40, False)),
    ({"evaluations": 12, "seconds": 5.0, "cpu_seconds": 9.0}, (13, 40, False)),
]


@pytest.mark.parametrize(("spent", "cost"), BUDGETS)
def test_a_run_that_was_cut_is_known_between_bounds(spent: dict[str, Any], cost: tuple[float, float, bool]) -> None:
    base: Any = None
    outcome = paired.Outcome(
        **{"candidates": (), "contents": {}, "base": base, "proposals": 0, "explanation": "", **spent}
    )
    request: Any = type("Asked", (), {"evaluations": 20, "seconds": 60.0, "cpu_seconds": 8.0})
    found = paired.cost_of(outcome, request, "evaluations", stopped=False)
    assert (found.least, found.most, found.is_censored) == cost
