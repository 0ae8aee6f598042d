"""Asking proposers in the middle of a search: by a person's own settings alone, and judged like any candidate."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autonav_server.worktree.trust import set_trusted
from support.shop import git

CODE = "def spell(n):\n    return str(n)\n"
TESTS = (
    "from words import spell\n\n\ndef test_spell():\n    assert [spell(n) for n in (1, 2, 7)] == ['one', 'two', '7']\n\n\n"
    "def test_others():\n    assert spell(9) == '9'\n"
)
GOOD = "import pathlib\npathlib.Path('words.py').write_text('def spell(n):\\n    return {1: \"one\", 2: \"two\"}.get(n, str(n))\\n')\n"
BAD = "import pathlib\npathlib.Path('tests/test_words.py').write_text('def test_spell(): pass\\n')\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / "words"
    (root / "tests").mkdir(parents=True)
    (root / "words.py").write_text(CODE)
    (root / "tests/test_words.py").write_text(TESTS)
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    set_trusted(str(root), trusted=True)
    return root


def settings(folder: Path, *scripts: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sources = "".join(
        f'[[proposers.sources]]\nkind = "command"\nargv = ["{sys.executable}", "{each}"]\n' for each in scripts
    )
    (folder / "config.toml").write_text(sources)


def explore(root: Path, *argv: str) -> Any:
    command = [sys.executable, "-m", "autonav_server.main", "explore", "--test", "tests/test_words.py::test_spell"]
    return subprocess.run([*command, "--format", "json", *argv], cwd=root, capture_output=True, text=True, check=False)


def test_a_proposer_is_asked_and_judged_like_any_other(project: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(GOOD)
    bad.write_text(BAD)
    settings(tmp_path / "config/autonav", bad, good)
    done = explore(project, "--ask", "--evaluations", "10", "--seconds", "200")
    found = json.loads(done.stdout)
    assert found["candidates"], (found, done.stderr)
    [best] = found["candidates"]
    assert (best["stage"], best["verified"], best["tests"]["passed"]) == ("external", True, 2)
    assert '{1: "one", 2: "two"}' in best["diff"]
    assert "which belongs to the tests" in found["explanation"]
    assert git(project, "status", "--porcelain") == ""


def test_only_a_persons_own_file_names_proposers(project: Path, tmp_path: Path) -> None:
    done = explore(project, "--ask")
    assert done.returncode == 2
    assert "no proposer is set" in done.stderr
    harm = tmp_path / "harm"
    (project / "autonav.toml").write_text(f'[[proposers.sources]]\nkind = "command"\nargv = ["touch", "{harm}"]\n')
    done = explore(project, "--ask")
    assert done.returncode == 2
    assert "no proposer is set" in done.stderr
    assert not harm.exists()
    settings(tmp_path / "config/autonav", tmp_path / "x.py")
    done = explore(project, "--ask", "--strategy", "mcts")
    assert "mcts asks nobody" in done.stderr
