"""A task that began in a worktree, looked at as the product does: base and memory go through JSON each time."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from autonav_protocol.values.change import FileChange
from autonav_server.worktree.expected import Base, Memory, begin
from autonav_server.worktree.rescan import rescan
from autonav_server.worktree.worktree import Worktree, open_worktree
from support.repository import Repository, create_repository

Verdict = Mapping[str, str]
Start = Callable[..., "StartedTask"]
Scenario = Callable[[Repository, Start], tuple["StartedTask", Verdict]]


class StartedTask:
    """A task begun in `worktree`; `files` holds the last look."""

    def __init__(self, worktree: Worktree, *, run_filters: bool = False) -> None:
        self.worktree = worktree
        self.files: dict[str, FileChange] = {}
        self.run_filters = run_filters
        self._base = json.dumps(begin(worktree, run_filters=run_filters).to_json())
        self._memory = json.dumps(Memory().to_json())

    @property
    def base(self) -> Base:
        """The base as it was kept."""
        return Base.from_json(json.loads(self._base))

    @property
    def memory(self) -> Memory:
        """What the looks so far have learnt, as it was kept."""
        return Memory.from_json(json.loads(self._memory))

    def look(self) -> Verdict:
        """Look once and return `{path: kind}`."""
        scanned = rescan(self.worktree, self.base, self.memory, run_filters=self.run_filters)
        self._memory = json.dumps(scanned.memory.to_json())
        self.files = {file.path: file for file in scanned.files}
        return {path: str(file.kind) for path, file in self.files.items()}


@contextmanager
def starting(repository: Repository, *, looks_after_every_command: bool) -> Iterator[Start]:
    """Give a function that starts a task in the repository's folder or another; close its worktrees at the end."""
    opened: list[Worktree] = []

    def start(folder: Path | None = None) -> StartedTask:
        opened.append(open_worktree(str(folder or repository.root)))
        task = StartedTask(opened[-1])
        if looks_after_every_command:
            repository.after_git = task.look
        return task

    try:
        yield start
    finally:
        for worktree in opened:
            worktree.close()


def play(scenario: Scenario, folder: Path, *, looks_after_every_command: bool) -> tuple[Verdict, Verdict, Verdict]:
    """Play a scenario in a new repository and return the verdict it wants, and those of two looks in a row."""
    repository = create_repository(folder / "repository")
    with starting(repository, looks_after_every_command=looks_after_every_command) as start:
        task, wanted = scenario(repository, start)
        return wanted, task.look(), task.look()
