"""Real git repositories for tests: a folder, its files, and git run in it as a person would."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

FIRST_COMMIT_AT = 1_700_000_000
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "person",
    "GIT_AUTHOR_EMAIL": "person@example.org",
    "GIT_COMMITTER_NAME": "person",
    "GIT_COMMITTER_EMAIL": "person@example.org",
    "GIT_EDITOR": "true",
    "GIT_MERGE_AUTOEDIT": "no",
}


class Repository:
    """A folder at `root`; every `git` call is seven seconds later for authors than the one before.

    `after_git`, where set, is called after each git command, the failing ones included.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.after_git: Callable[[], object] | None = None
        self._clock = FIRST_COMMIT_AT
        root.mkdir(parents=True, exist_ok=True)

    def git(self, *argv: str, fails: bool = False, cwd: Path | None = None, **environment: str) -> str:
        """Run git and return what it printed; `fails` says whether it must fail."""
        self._clock += 7
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *argv],
            cwd=cwd or self.root,
            env={**os.environ, **IDENTITY, "GIT_AUTHOR_DATE": f"{self._clock} +0000", **environment},
            capture_output=True,
            check=False,
        )
        if self.after_git:
            self.after_git()
        assert bool(done.returncode) == fails, f"git {argv}: {os.fsdecode(done.stdout + done.stderr)}"
        return os.fsdecode(done.stdout)

    def path(self, name: str | bytes) -> str:
        """Return the absolute path of a name in the folder."""
        return os.path.join(self.root, os.fsdecode(name))

    def write(self, name: str | bytes, content: str | bytes) -> None:
        """Write a file, with its folders."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def read(self, name: str | bytes) -> bytes:
        """Return the bytes of a file."""
        with open(self.path(name), "rb") as file:
            return file.read()

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace the first occurrence of a text that must be there."""
        content = self.read(name)
        assert old.encode() in content, (name, old)
        self.write(name, content.replace(old.encode(), new.encode(), 1))

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(self.path(name))

    def commit(self, message: str) -> str:
        """Commit everything and return the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def branch(self, name: str, *edits: tuple[str, str]) -> None:
        """Make a branch with one commit for each `(path, content)`, and return to main."""
        self.git("checkout", "-q", "-b", name)
        for number, (path, content) in enumerate(edits):
            self.write(path, content)
            self.commit(f"{name} {number}")
        self.git("checkout", "-q", "main")


def numbered_lines(number: int) -> str:
    """Return twenty lines that occur in no other file."""
    return "".join(f"line {number}.{each}\n" for each in range(20))


def create_repository(root: Path) -> Repository:
    """Return a repository on branch main: f0.txt to f5.txt of twenty lines, pkg/a.py and a .gitignore, committed."""
    repository = Repository(root)
    repository.git("init", "-q", "-b", "main")
    for number in range(6):
        repository.write(f"f{number}.txt", numbered_lines(number))
    repository.write("pkg/a.py", "x = 1\n")
    repository.write(".gitignore", "*.log\nbuild/\n")
    repository.commit("base")
    return repository


def use_no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the tests apart from the git settings and the AutoNav data of whoever runs them."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = tmp_path / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
