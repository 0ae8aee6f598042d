"""What the end-to-end tests know of their project, and what must stay as it was."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT, VERSION = "toolz", "1.0.0"
SOURCE = "toolz/itertoolz.py"
SOUND = "    return itertools.islice(seq, 0, None, n)"
FAULTY = "    return itertools.islice(seq, 1, None, n)"
FAILING = "toolz/tests/test_itertoolz.py::test_take_nth"
LENSES = {
    "_merge_sorted_binary": "cognitive 22 · cyclomatic 11",
    "_merge_sorted_binary_key": "cognitive 22 · cyclomatic 11",
    "get": "cognitive 19 · cyclomatic 9",
    "join": "cognitive 63 · cyclomatic 22",
    "diff": "cognitive 17 · cyclomatic 9",
}
"""The functions of that file at or above 15, with their values by the white paper and by McCabe."""


def git(folder: Path, *argv: str) -> str:
    """Run git as a person would, with an identity of the test's."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *identity, *argv], cwd=folder, capture_output=True, text=True, check=True).stdout


def standing(folder: Path) -> dict[str, str]:
    """Return all that an exploration and its apply must leave byte-identical."""
    return {
        name: git(folder, *argv)
        for name, argv in {
            "status": ["status", "--porcelain=v2"],
            "diff": ["diff"],
            "cached": ["diff", "--cached"],
            "head": ["rev-parse", "HEAD"],
            "ref": ["symbolic-ref", "HEAD"],
            "stash": ["stash", "list"],
        }.items()
    }


def branch_passes(folder: Path, branch: str, tmp_path: Path) -> bool:
    """Return whether the tests pass on a branch, in a worktree of its own."""
    checkout = tmp_path / "branch"
    git(folder, "worktree", "add", "-q", "--detach", str(checkout), branch)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", FAILING]
    env = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(argv, cwd=checkout, env=env, capture_output=True, text=True, check=False)
    git(folder, "worktree", "remove", "--force", str(checkout))
    return done.returncode == 0
