"""A worktree with a verified candidate, and everything in it that an apply must leave as it was."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autonav_protocol.operation import Surface
from autonav_protocol.settings import Settings
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.change import Entry
from autonav_protocol.values.evaluation import TestCounts
from autonav_server.context import Context
from autonav_server.exploration.records import keep_candidates
from autonav_server.ledger import chain
from autonav_server.operations._registry import bound_operations, call
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.snapshot import working_tree, write_blob, write_tree
from autonav_server.worktree.worktree import Worktree, open_worktree
from support.repository import IDENTITY, Repository, create_repository, use_no_settings_of_this_machine

TOUCHED = "pkg/a.py"
LINES = [f"y{number} = {number}\n" for number in range(12)]
BEFORE, AFTER = "".join(["x = 1\n", *LINES]), "".join(["x = 2\n", *LINES])
RUN = "0a1b2c3d"
BRANCH = f"autonomous/{RUN}"
COUNTS = TestCounts(4, 0, 0, 4)
HOOKS = (
    *("applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change"),
    *("post-merge", "post-rewrite", "pre-auto-gc", "pre-commit", "prepare-commit-msg", "reference-transaction"),
)


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take this machine's settings away and give an identity."""
    use_no_settings_of_this_machine(monkeypatch, tmp_path)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(name="repository")
def watched_repository(tmp_path: Path) -> Repository:
    """A repository in which every hook that ran, and a garbage collection, would show."""
    made = create_repository(tmp_path / "a repository")
    made.write(TOUCHED, BEFORE)
    made.commit("the touched file")
    made.git("config", "gc.auto", "1")
    add_hooks(made)
    return made


def add_hooks(repository: Repository) -> None:
    """Let every hook leave a trace."""
    folder = Path(repository.path(".git/hooks"))
    folder.mkdir(exist_ok=True)
    for name in HOOKS:
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> '{repository.root.parent}/programs ran'\n")
        (folder / name).chmod(0o755)


class Here:
    """A worktree with one verified candidate that turns BEFORE into AFTER in the touched file."""

    def __init__(self, repository: Repository, *, run: str = RUN, after: str = AFTER, trusted: bool = False) -> None:
        self.repository, self.trusted = repository, trusted
        self.worktree: Worktree = open_worktree(str(repository.root))
        with self.worktree.alone():
            tree = working_tree(self.worktree, run_filters=trusted)
            base = write_tree(self.worktree, tree)
            fixed = {**tree, TOUCHED: Entry(tree[TOUCHED].mode, write_blob(self.worktree, after.encode()))}
            self.candidate = Candidate(
                id=run + "-1", run=run, title="x is 2", path=TOUCHED, line=1, diff="-x = 1\n+x = 2\n", verified=True,
                strategy="enumerate", stage="single", test="t", tests=COUNTS, head=head_of(self.worktree), base=base,
                tree=write_tree(self.worktree, fixed),
            )  # fmt: skip
        self.keep(self.candidate)
        proved = {"id": self.candidate.id, "diff": self.candidate.diff, "passed": 4, "failed": 0, "collected": 4}
        data = {"root": self.worktree.root, "run": run, "candidates": [proved]}
        self.proof = chain.append(self.worktree.store, "explore.end", "cli", data).digest

    def keep(self, candidate: Candidate) -> None:
        keep_candidates(self.worktree, (candidate,), "2026-01-01T00:00:00Z")

    async def ask(self, verb: str, **params: Any) -> Any:
        context = Context(Surface.CLI, lambda: self.worktree, Settings, lambda _: self.trusted)
        return await call(bound_operations()[verb], context, params)

    async def apply(self, **params: Any) -> Any:
        return await self.ask("apply", candidate=self.candidate.id, **params)

    async def branches(self) -> dict[str, Any]:
        return {each.name: each for each in (await self.ask("branches")).branches}

    def git(self, *argv: str) -> str:
        return self.repository.git(*argv)

    def message(self, commit: str) -> str:
        return self.git("log", "-1", "--format=%B", commit)


@pytest.fixture(name="here")
def opened_here(repository: Repository) -> Iterator[Here]:
    made = Here(repository)
    yield made
    made.worktree.close()


def everything(worktree: Worktree, *, objects: bool = False) -> dict[str, Any]:
    """Return every file with mode, bytes and, of the index, its time; without our store and what a new branch adds."""
    found: dict[str, Any] = {}
    for top in {worktree.root, worktree.git_dir, worktree.common_dir}:
        for folder, folders, files in os.walk(top):
            ours = os.path.relpath(folder, worktree.common_dir)
            if ours == ".":
                folders[:] = [each for each in folders if each != "autonav" and (objects or each != "objects")]
            for name in (*files, *(each for each in folders if os.path.islink(os.path.join(folder, each)))):
                path = os.path.join(folder, name)
                seen = os.lstat(path)
                content = os.readlink(path) if stat.S_ISLNK(seen.st_mode) else Path(path).read_bytes()
                found[path] = (seen.st_mode, content, seen.st_mtime_ns if name == "index" else 0)
    ran = Path(worktree.root).parent / "programs ran"
    return {**found, "programs": ran.read_text() if ran.exists() else ""}


def added(worktree: Worktree, before: dict[str, Any]) -> set[str]:
    """Return which files are new, and demand that no other changed."""
    after = everything(worktree)
    assert {path: after.get(path) for path in before} == before
    return {os.path.relpath(path, worktree.common_dir) for path in after.keys() - before.keys()}


def wrap_git(here: Here, monkeypatch: pytest.MonkeyPatch, verb: str, act: str) -> None:
    """Put a git in front of git that acts once, before the first call of a verb."""
    folder, once = here.repository.root.parent / "front", here.repository.root.parent / "acted"
    folder.mkdir()
    real = shutil.which("git")
    monkeypatch.setenv("REAL_PATH", os.environ["PATH"])
    (folder / "git").write_text(
        f'#!/bin/sh\ncase " $* " in *" {verb} "*) if mkdir "{once}" 2>/dev/null; then\n'
        f'( PATH=$REAL_PATH; unset GIT_OBJECT_DIRECTORY GIT_INDEX_FILE; {act} ) </dev/null >/dev/null 2>&1\nfi;; esac\nexec {real} "$@"\n'
    )
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
