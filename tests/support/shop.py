"""A small project with one failing test, as a real repository."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SHOP = Path(__file__).parents[1] / "fixtures/projects/shop"
FAILING = "tests/test_cart.py::test_cheapest"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The project, committed, in a folder whose name has a space."""
    root = tmp_path / "a shop"
    shutil.copytree(SHOP, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "docs.md").write_bytes(b"\xef\xbb\xbfCRLF\r\n\x0cand \xff bytes\r\n")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    return root


def git(root: Path, *argv: str) -> str:
    """Run git as a person would."""
    return subprocess.run(
        ["git", *argv], cwd=root, capture_output=True, text=True, errors="surrogateescape", check=True
    ).stdout


def standing(root: Path) -> list[Any]:
    """Return all that must be byte-identical after an exploration and its apply."""
    asked = (["status", "--porcelain=v2"], ["diff"], ["diff", "--cached"], ["rev-parse", "HEAD"], ["stash", "list"])
    files = {
        path: path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".git", ".autonav"} & set(path.relative_to(root).parts)
    }
    return [*(git(root, *argv) for argv in asked), files]


def processes_below(marker: str) -> list[str]:
    """Return the command lines of processes whose environment or arguments name `marker`."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            said = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in said and int(pid) != os.getpid():
            found.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found
