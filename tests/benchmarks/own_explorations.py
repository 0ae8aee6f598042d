"""What this project's own explorations teach: seeded faults in its analysis are searched for, then self-improve is asked.

AUTONAV_OWN names a folder that keeps the repository and the records, so that a run that was cut goes on; AUTONAV_MOST
is how many faults are searched for, 30 by default. The repository has the analysis and its quickest tests alone.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from mutants import Mutant, injected, mutants

from autonav_server.worktree.trust import set_trusted

ROOT = Path(__file__).parents[2]
TESTS = ("edit_blocks", "symbols", "test_reports", "python_flow")
KEPT = ("analysis", "protocol_ext", "tests/conftest.py", "tests/fixtures")
FAULTY = (
    "edit_blocks.py",
    "test_reports/*.py",
    "syntax/symbols.py",
    "syntax/python_flow.py",
    "syntax/python_bindings.py",
)
SETTINGS = """[project]
name = "analysis"
version = "0"

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["analysis", "protocol_ext", "tests"]
addopts = "-q --import-mode=importlib"
norecursedirs = ["fixtures"]

[tool.autonav.python]
interpreter = "{}"
"""
SECONDS, SEED = 60, "own 1"


def rows() -> Iterator[str]:
    """Yield a line for each fault, and what self-improve says of the records."""
    if not os.environ.get("AUTONAV_OWN"):
        yield "skipped: AUTONAV_OWN not set"
        return
    kept = Path(os.environ["AUTONAV_OWN"]).resolve()
    root = kept / "repository"
    home = {f"XDG_{name}_HOME": str(kept / name.lower()) for name in ("DATA", "CACHE", "STATE")}
    os.environ.update(home)
    if not root.exists():
        _create(root)
    subprocess.run(["git", "checkout", "-q", "."], cwd=root, check=True)  # a run that was cut left its fault
    set_trusted(str(root), trusted=True)
    said = kept / "said.json"
    known: dict[str, str] = json.loads(said.read_text()) if said.exists() else {}
    for path, mutant in _faults(root)[: int(os.environ.get("AUTONAV_MOST", "30"))]:
        name = f"{path}:{mutant.line} {mutant.operator}"
        if name not in known:
            known[name] = _explored(root, path, mutant)
            said.write_text(json.dumps(known))
        yield f"{name}: {known[name]}"
    yield _autonav(root, "self-improve")["explanation"]


def _create(root: Path) -> None:
    tests = [f"tests/test_{name}.py" for name in TESTS]
    archive = ["git", "archive", "HEAD", *KEPT, *tests]
    packed = subprocess.run(archive, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(root, filter="data")
    (root / "pyproject.toml").write_text(SETTINGS.format(sys.executable))
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "The analysis"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *argv], cwd=root, check=True)


def _faults(root: Path) -> list[tuple[str, Mutant]]:
    """Return mutants in an order that the seed decides."""
    package = root / "analysis/autonav_analysis"
    files = [file for each in FAULTY for file in sorted(package.glob(each))]
    found = [
        (str(file.relative_to(root)), each)
        for file in files
        for source in [file.read_text()]
        for each in mutants(source, range(1, source.count("\n") + 2))
    ]
    return sorted(found, key=lambda pair: hashlib.sha256(f"{SEED} {pair!r}".encode()).digest())


def _explored(root: Path, path: str, mutant: Mutant) -> str:
    file = root / path
    before = file.read_text()
    file.write_text(injected(before, [mutant]))
    try:
        test = _failing(root)
        if not test:
            return "no test fails"
        found = _autonav(root, "explore", "--test", test, "--seconds", str(SECONDS))
        return found.get("explanation") or found["error"]
    finally:
        file.write_text(before)


def _failing(root: Path) -> str:
    """Return the first test that fails within its time, "" where none does."""
    command = [sys.executable, "-m", "pytest", "-x", "-rfE", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return ""
    lines = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    return lines[0].removeprefix("FAILED ").partition(" - ")[0] if lines else ""


def _autonav(root: Path, *argv: str) -> dict[str, str]:
    command = [sys.executable, "-m", "autonav_server.main", *argv, "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode in (0, 1) else {"error": done.stderr.strip()}
