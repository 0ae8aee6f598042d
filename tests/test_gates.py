"""The gates before a merge, a commit and a push: the Action's own steps, and the hooks' own entries."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.shop import git, shop  # noqa: F401
from test_cli import _apart, autonav  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
HOOKS: dict[str, dict[str, Any]] = {
    each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
}


@pytest.fixture
def branch(shop: Path) -> Path:  # noqa: F811
    """A branch that changed one file outside the contract which main holds, and one inside."""
    (shop / ".autonav/tasks").mkdir(parents=True)
    (shop / ".autonav/tasks/t.toml").write_text('task = "t"\n[scope]\nedit = ["shop/**"]\n')
    git(shop, "add", "-Af")
    git(shop, "commit", "-qm", "contract")
    git(shop, "checkout", "-qb", "a branch".replace(" ", "-"))
    (shop / "docs.md").write_text("x")
    (shop / "shop/more.py").write_text("x")
    git(shop, "add", "shop/more.py")
    git(shop, "commit", "-qam", "work")
    return shop


def step(folder: Path, temp: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the Action's last step as a runner does: inputs through the environment, `bash -e`."""
    last = ACTION["runs"]["steps"][-1]
    named = {name: value.split("inputs.")[1].split()[0] for name, value in last["env"].items()}
    assert set(named.values()) == set(ACTION["inputs"])
    given = {name: inputs.get(key.replace("-", "_"), ACTION["inputs"][key]["default"]) for name, key in named.items()}
    (temp / "autonav").mkdir(exist_ok=True)
    if not (temp / "autonav/bin").exists():
        (temp / "autonav/bin").symlink_to(BIN)
    env = {**os.environ, **given, "RUNNER_TEMP": str(temp)}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", last["run"]]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_action_fails_and_points_at_the_lines(branch: Path, tmp_path: Path) -> None:
    done = step(branch, tmp_path, base="main", sarif=str(tmp_path / "found.sarif"))
    assert done.returncode == 1, done.stderr
    assert "::error file=docs.md,line=1,endLine=1,title=AN101 scope-outside::" in done.stdout
    assert [each["ruleId"] for each in json.loads((tmp_path / "found.sarif").read_text())["runs"][0]["results"]] == [
        "AN101"
    ]


def test_the_action_can_inform_alone_and_takes_a_contract(branch: Path, tmp_path: Path) -> None:
    assert step(branch, tmp_path, base="main", fail_on="never").returncode == 0
    (branch / "wide contract.toml").write_text('task = "t"\n[scope]\nedit = ["**"]\n')
    done = step(branch, tmp_path, base="main", contract="wide contract.toml", fail_on="error")
    assert (done.returncode, done.stdout.strip()[:8]) == (0, "::notice"), "what it is judged by is said"


def test_the_action_says_that_a_shallow_clone_is_too_little(branch: Path, tmp_path: Path) -> None:
    done = step(branch, tmp_path, base="0" * 40)
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_hooks(branch: Path, name: str) -> None:
    hook = HOOKS[name]
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PRE_COMMIT_FROM_REF": "main"}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            shlex.split(hook["entry"]), cwd=branch, env=env, capture_output=True, text=True, check=False
        )

    assert (hook["pass_filenames"], hook["always_run"], hook["language"]) == (False, True, "python")
    if name == "autonav-check":
        assert run().returncode == 0
        autonav(branch, "start", "--edit", "shop/**", "t")
        (branch / "docs.md").write_text("y")
    done = run()
    assert (done.returncode, "AN101" in done.stdout) == (1, True), done.stderr
