"""Self-improve: what it proposes and refuses, on made costs and on records that are really replayed."""

import json
import math
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.learning.improvement import Challenger, Row, halves, improvement
from autonav_analysis.learning.weights import ENOUGH, learnt
from autonav_protocol.errors import BadRequest
from autonav_protocol.settings import Settings
from autonav_protocol.values.learning import RunRecord
from autonav_protocol.values.record import LedgerRecord
from autonav_protocol.values.trial import Cost, Pair
from autonav_server.learning.improving import PROPOSED, arms, due
from autonav_server.learning.proposing import change
from autonav_server.learning.records import keep
from autonav_server.learning.tuning import tunables, with_values
from autonav_server.worktree.worktree import open_worktree
from support.recorded import Puzzle, recorded
from support.repository import Repository, create_repository

FIRST, SECOND = "first", "second"
"""Projects of which one chooses and the other judges."""

SPREAD = 1.42
"""Measured standard deviation of the log ratio of two searches for the same fix."""

SETTINGS = "[budget]  # learnt\nfiles = 7\n\n[explore]\nfirst_order = 0.8  # as it comes\nseconds = 30.0\n"


def rows(ratios: dict[str, float], tasks: int, seed: int) -> list[Row]:
    """Return rows of two projects; each arm costs so many times as much, with the spread that was measured."""
    chance = random.Random(seed)
    found = []
    for number in range(tasks):
        for project in (FIRST, SECOND):
            task, now = f"{project} {number}", math.exp(chance.gauss(3, 1))
            costs = {arm: now * ratio * math.exp(chance.gauss(0, SPREAD)) for arm, ratio in ratios.items()}
            pairs = {(arm,): Pair(task, Cost(now, now), Cost(cost, cost)) for arm, cost in costs.items()}
            found.append(Row(project, task, "2026-01-01", pairs))
    return found


def challengers(count: int) -> dict[str, Challenger]:
    return {f"explore.depth={each}": Challenger((f"explore.depth={each}",), "made") for each in range(1, count + 1)}


def test_a_planted_gain_is_found_and_proposed() -> None:
    tried = challengers(5)
    found = improvement(rows(dict.fromkeys(tried, 1.0) | {"explore.depth=3": 0.5}, 150, 1), list(tried.values()))
    assert (found.sets, found.proposed, found.is_rollback) == (("explore.depth=3",), True, False)
    assert found.judged is not None
    assert found.judged.low is not None
    assert found.judged.high is not None
    assert found.judged.low < 0.5 < found.judged.high < 0.95


def test_the_luckiest_of_many_is_refused() -> None:
    tried = challengers(10)
    found = [improvement(rows(dict.fromkeys(tried, 1.0), 40, seed), list(tried.values())) for seed in range(60)]
    assert sum(each.proposed for each in found) <= 3
    lucky = next(each for each in found if each.sets)
    assert lucky.why.startswith(f"{lucky.sets[0]} looked best and is not proposed")


def test_a_gain_that_turned_into_a_loss_is_taken_back_before_anything_else() -> None:
    before = Challenger(("explore.depth=20",), "it was so", since="2025-12-31")
    found = improvement(
        rows({"explore.depth=20": 0.4, "explore.depth=1": 0.4}, 100, 3), [before, *challengers(1).values()]
    )
    assert (found.sets, found.proposed, found.is_rollback) == (("explore.depth=20",), True, True)
    later = [Row(row.project, row.task, "2025-12-30", row.pairs) for row in rows({"explore.depth=20": 0.4}, 100, 3)]
    assert not improvement(later, [before]).proposed


def test_of_one_project_tasks_are_held_out() -> None:
    mine = [row for row in rows({"explore.depth=1": 0.5}, 60, 5) if row.project == FIRST]
    choosing, judging, said = halves(mine)
    assert len(choosing) + len(judging) == 60
    assert min(len(choosing), len(judging)) > 15
    assert "of the same project" in said


@pytest.mark.parametrize(
    "assignment",
    ["protected=[]", "rules={}", "sandbox.require=[]", "licences.deny=[]", "budget.files=1000", "explore.seconds=1"],
)
def test_no_guard_can_be_expressed(assignment: str) -> None:
    with pytest.raises(BadRequest):
        with_values(Settings(), (assignment,))


def test_challengers_set_what_is_tunable_and_nothing_else() -> None:
    tried = arms(Settings(), [], [])
    names = {each.partition("=")[0] for arm in (*tried.replayable, *tried.live) for each in arm.sets}
    assert names == {"explore.exploration", "explore.first_order", "explore.depth", "explore.workers"}
    assert names <= set(tunables())
    assert [each.partition(":")[0] for each in tried.left_out] == ["explore.weights", "route.threshold"]


def test_weights_are_learnt_late_and_little() -> None:
    one = recorded(Puzzle(5, 30), project=FIRST)
    many = [RunRecord(**{**vars(one), "task": f"{number}"}) for number in range(ENOUGH)]
    assert learnt(many[1:], 0.25, 4.0) == {}
    factors = learnt(many, 0.25, 4.0)
    right = one.tried[-1].rewrites[0]
    assert max(factors, key=lambda name: factors[name]) == right
    assert all(0.25 <= each <= 4.0 for each in factors.values())


def test_settings_that_were_taken_up_are_looked_at_again() -> None:
    taken = LedgerRecord(
        1, "2026-01-01", PROPOSED, "cli", {"sets": ["explore.depth=2"], "before": ["explore.depth=20"]}, "", ""
    )
    in_force = with_values(Settings(), ("explore.depth=2",))
    assert due(in_force, [taken], ["2025-12-31"] * 9 + ["2026-01-02"] * 20).startswith(
        "20 explorations since 2026-01-01"
    )
    assert due(in_force, [taken], ["2026-01-02"] * 21) == due(Settings(), [taken], ["2026-01-02"] * 20) == ""
    later = replace(taken, at="2026-01-03")
    unknown = replace(taken, data={"sets": ["explore.unknown=1"], "before": []})
    assert [each.since for each in arms(in_force, [], [unknown, taken, later]).replayable if each.since] == [
        "2026-01-01"
    ]


def test_a_settings_file_keeps_all_but_the_values(tmp_path: Path) -> None:
    worktree = open_worktree(str(create_repository(tmp_path / "repository").root))
    file = Path(worktree.root, "autonav.toml")
    assert change(worktree, ("explore.depth=2",)).after == "[explore]\ndepth = 2\n"
    file.write_bytes(b"# mine\r\n[explore]\r\ndepth = 20 # deep\r\n")
    assert change(worktree, ("explore.depth=2",)).after == "# mine\r\n[explore]\r\ndepth = 2 # deep\r\n"
    file.write_bytes(b"[explore.weights]\nadd_guard = 2.0\n")
    both = change(worktree, ("explore.weights.add_guard=0.5", "explore.weights.unwrap=2.0"))
    assert tomllib.loads(both.after) == {"explore": {"weights": {"add_guard": 0.5, "unwrap": 2.0}}}
    file.write_bytes(b"[explore\n")
    with pytest.raises(BadRequest, match="cannot be read"):
        change(worktree, ("explore.depth=2",))
    file.unlink()
    Path(worktree.root, "pyproject.toml").write_text("[tool.autonav.explore]\nseconds = 3.0\n")
    inside = change(worktree, ("explore.depth=2",))
    assert inside.path == "pyproject.toml"
    assert tomllib.loads(inside.after) == {"tool": {"autonav": {"explore": {"seconds": 3.0, "depth": 2}}}}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    created = create_repository(tmp_path / "repository")
    (created.root / "autonav.toml").write_text(SETTINGS)
    created.commit("settings")
    return created


def self_improve(root: Path, *argv: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "autonav_server.main", "self-improve", *argv, "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}") | {"error": done.stderr}


def fill(puzzle: Callable[[int], Puzzle], count: int, at: str = "2026-01-01T00:00:00+00:00") -> None:
    for project in (FIRST, SECOND):
        for number in range(count):
            keep(recorded(puzzle(number + (100 if project == SECOND else 0)), project=project, at=at))


def test_a_better_setting_is_proposed_as_a_diff_and_never_applied(repository: Repository) -> None:
    fill(lambda number: Puzzle(3 + number, 20, 10), 15)
    code, said = self_improve(repository.root)
    assert (code, said["error"]) == (0, "")
    assert said["improvement"]["sets"] == ["explore.first_order=0.5"]
    assert "-first_order = 0.8  # as it comes\n+first_order = 0.5  # as it comes\n" in said["diff"]
    assert said["text"] == SETTINGS.replace("0.8", "0.5") == Path(said["proposal"]).read_text()
    assert (repository.root / "autonav.toml").read_text() == SETTINGS
    page = Path(said["evidence"]).read_text()
    assert "To go back later: `explore.first_order=0.8`" in page
    assert "projects that it was not chosen on" in page

    (repository.root / "autonav.toml").write_text(said["text"])
    code, said = self_improve(repository.root)
    assert said["improvement"]["considered"][0]["why"].startswith("it was so before the proposal of ")


def test_what_records_do_not_show_is_not_proposed(repository: Repository) -> None:
    code, said = self_improve(repository.root)
    assert code == 2
    assert "no exploration is recorded on this machine yet" in said["error"]
    fill(lambda number: Puzzle(3 + number, 20 + number), 2)
    code, said = self_improve(repository.root)
    assert (code, said["diff"], said["text"], said["proposal"]) == (1, "", "", "")
    assert said["explanation"].startswith("nothing honest to propose: none of ")
    assert any(each.startswith("explore.workers=1: no record can tell") for each in said["left_out"])
