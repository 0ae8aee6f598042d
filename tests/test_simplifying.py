"""Simplifying a function: from the command line to a branch, and what its tests must prove first."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autonav_server.worktree.trust import set_trusted
from support.shop import git

TANGLED = """def grade(score, strict):
    if score is not None:
        if score > 90:
            return "a"
        else:
            if strict:
                return "b"
            else:
                return "c"
    else:
        return "none"


def listed(prices):
    found = []
    for price in prices:
        if price:
            found.append(price)
    return found


def untested(a, b):
    if a:
        if b:
            return 1
        else:
            return 2
    else:
        return 3
"""
TESTS = """from tangled import grade, listed


def test_grade():
    assert [grade(*each) for each in ((None, 1), (91, 1), (90, 1), (90, 0))] == ["none", "a", "b", "c"]


def test_listed():
    assert listed([]) == []
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("simplify") / "tangled"
    (root / "tests").mkdir(parents=True)
    (root / "tangled.py").write_text(TANGLED)
    (root / "tests/test_tangled.py").write_text(TESTS)
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    for argv in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        git(root, *argv)
    return root


def autonav(root: Path, *argv: str, fails: bool = False) -> Any:
    set_trusted(str(root), trusted=True)
    command = [sys.executable, "-m", "autonav_server.main", *argv, "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode == 2) == fails, done.stderr
    return done.stderr if fails else json.loads(done.stdout)


def test_a_function_is_simplified_and_applied_on_a_branch(project: Path) -> None:
    found = autonav(project, "simplify", "tangled.py", "--function", "grade")
    [best] = found["candidates"]
    assert best["verified"] is True
    assert best["title"] == "simplify grade: cognitive complexity 9 to 3"
    assert any("its tests notice" in reason for reason in best["rank_reasons"])
    made = autonav(project, "apply", best["id"])
    assert "if score is None:" in git(project, "show", f"{made['branch']}:tangled.py")
    assert git(project, "show", "HEAD:tangled.py") == TANGLED


def test_what_no_test_runs_is_changed_by_construction_alone(project: Path) -> None:
    [best] = autonav(project, "simplify", "tangled.py", "--function", "untested")["candidates"]
    assert best["rank_reasons"][-1] == "no test runs it: only what is equivalent by construction was done"
    assert all(reason.endswith("equivalent by construction") for reason in best["rank_reasons"][:-1])


def test_a_step_that_needs_a_check_is_a_suggestion_where_tests_prove_little(project: Path) -> None:
    found = autonav(project, "simplify", "tangled.py", "--function", "listed")
    for best in found["candidates"]:
        assert best["verified"] is False
        assert "is not verified" in autonav(project, "apply", best["id"], fails=True)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("tangled.py",), "no function is named"),
        (("nowhere.py", "--line", "1"), "there is no file nowhere.py"),
        (("tangled.py", "--function", "nothing"), "has no function nothing"),
        (("pyproject.toml", "--line", "1"), "is not Python"),
    ],
)
def test_what_cannot_be_simplified_is_said(project: Path, argv: tuple[str, ...], said: str) -> None:
    assert said in autonav(project, "simplify", *argv, fails=True)
