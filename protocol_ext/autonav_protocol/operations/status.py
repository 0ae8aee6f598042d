"""Say where the active task stands."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result


class StatusParams(Params):
    """Say which task is active, what it changed and what of that lies outside its scope."""


class StatusResult(Result):
    """The active task in numbers; `task` is None where none is active.

    `budget` maps each counted limit to what is used of it; it is empty while none is set.
    `watching` names how the worktree is watched: inotify, watchfiles, polling, or "" when
    no server watches it.
    """

    root: str
    task: str | None = None
    slug: str | None = None
    base: str | None = None
    files_changed: int = 0
    outside: int = 0
    budget: dict[str, int] = Field(default_factory=dict)
    trusted: bool = False
    watching: str = ""


OPERATION = Operation("status", "Show the task", StatusParams, StatusResult, Effect.READ)
