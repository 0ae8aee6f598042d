"""Fixtures of the end-to-end tests: a real project from PyPI, and the real editors."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from support.end_to_end import FAULTY, PROJECT, ROOT, SOUND, SOURCE, VERSION, git


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Editors are watched while they work, and so are not hurried."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session")
def editors() -> Path:
    """The folder that `make editors` filled."""
    folder = Path(os.environ.get("AUTONAV_EDITORS", ROOT / ".editors"))
    if not (folder / ".extension").exists():
        pytest.skip("the editors are not installed: make editors")
    return folder


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "-d", str(folder)]
    done = subprocess.run([*asked, f"{PROJECT}=={VERSION}"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{PROJECT} cannot be downloaded: {done.stderr.strip().splitlines()[-1:]}")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"{PROJECT}-{VERSION}"


@pytest.fixture
def project(sdist: Path, tmp_path: Path) -> Path:
    """A fresh repository of the project, one fault planted, with a name that has a space."""
    folder = tmp_path / "a project"
    shutil.copytree(sdist, folder)
    source = folder / SOURCE
    text = source.read_text("utf-8")
    assert text.count(SOUND + "\n") == 1
    source.write_text(text.replace(SOUND + "\n", FAULTY + "\n"), "utf-8")
    (folder / ".gitignore").write_text("*.egg-info/\n__pycache__/\n")
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "as released, with a fault"]):
        git(folder, *argv)
    (folder / "notes.txt").write_text("not committed, and mine\n")
    (folder / "LICENSE.txt").write_text("staged\n")
    git(folder, "add", "LICENSE.txt")
    (folder / "setup.py").write_text("stashed\n")
    git(folder, "stash", "push", "-q", "--", "setup.py")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that nothing of this person's is read or written."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(folder / name.lower()))
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    return folder
