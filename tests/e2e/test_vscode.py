"""The whole product in the real VS Code extension host, on a real project; and the pictures of the README."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from autonav_server.demonstration.project import create
from autonav_server.learning.records import keep
from support import large_change
from support.end_to_end import FAILING, LENSES, ROOT, SOURCE, branch_passes, git
from support.large_change import SAID
from support.recorded import Puzzle, recorded
from support.workbench import CHROMIUM, EXTENSION, node, workbench

HERE = Path(__file__).parent / "vscode"


@pytest.fixture(autouse=True)
def _chromium() -> None:
    if not CHROMIUM:
        pytest.skip("chromium is not installed: apt install chromium")


def run(editors: Path, script: str, *argv: str | Path) -> str:
    """Run a driver and return what it printed; it must end with code 0."""
    env = {**os.environ, "CHROMIUM": CHROMIUM}
    done = subprocess.run(
        [node(editors), HERE / script, editors, *argv],
        env=env,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def committed_large_change(project: Path, tmp_path: Path) -> Path:
    """Commit the files that a large change is made of, and return the folder of what they become."""
    large_change.write(project, large_change.before())
    git(project, "add", "--", *large_change.before())
    git(project, "commit", "-qm", "many files", "--", *large_change.before())
    return large_change.write(tmp_path / "large", large_change.after())


def test_vscode(editors: Path, project: Path, home: Path, tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    shutil.copy(HERE / "extension_tests.js", tests / "index.js")
    large = committed_large_change(project, tmp_path)
    expected = {"lenses": LENSES, "failing": FAILING, "source": SOURCE, "large": {**SAID, "after": str(large)}}
    (tests / "expected.json").write_text(json.dumps(expected))
    with workbench(editors, tmp_path / "editor", installed=False) as base:
        said = run(editors, "run_tests.js", base, EXTENSION, tests / "index.js", project)
    print(said)
    assert "10 passed, 0 failed" in said
    branch = git(project, "branch", "--list", "--format=%(refname:short)", "autonomous/*").strip()
    assert branch_passes(project, branch, tmp_path)


def test_pictures(editors: Path, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    create(folder)
    large = committed_large_change(folder, tmp_path)
    for number in range(30):
        keep(recorded(Puzzle(number + 3, 20, 10), project=("first", "second")[number % 2]))
    pictures = Path(os.environ.get("AUTONAV_PICTURES", tmp_path / "pictures"))
    pictures.mkdir(exist_ok=True)
    with workbench(editors, tmp_path / "editor", installed=True) as base:
        said = run(editors, "screens.js", base, folder, pictures, large, SAID["task"], ", ".join(SAID["edit"]))
    seen = ["a lens", "a task", "a fence", "a contract", "an audit", "a search", "a candidate"]
    assert said.splitlines() == [*seen, "the problems of 300 files", "a review", "progress", "a proposal"]
    names = {"complexity", "fence", "contract", "audit", "search", "candidate", "problems", "review", "self-improve"}
    assert {each.stem for each in pictures.glob("*.png")} >= names
    assert (ROOT / "docs/images/fence.png").exists(), "refresh with AUTONAV_PICTURES=docs/images"
