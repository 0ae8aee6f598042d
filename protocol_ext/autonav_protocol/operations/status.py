"""Say where the active task stands."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result


class StatusParams(Params):
    """Say which task is active, what it changed and what of that lies outside its scope."""


class StatusResult(Result):
    """The active task in numbers; `task` is None where none is active.

    `budget` maps each limit of the contract to what is used of it, `limits` to the limit itself.
    `outside_paths` are the first 200 of those outside. `requests` waits for a person, and
    `information` counts findings that only inform. `paused` names the paused tasks, and
    `paused_until` when the one paused for a time comes back. `watching` names how the worktree
    is watched: inotify, watchfiles, polling, or "" when no server watches it.
    """

    root: str
    task: str | None = None
    slug: str | None = None
    base: str | None = None
    expires: str | None = None
    files_changed: int = 0
    outside: int = 0
    outside_paths: tuple[str, ...] = ()
    budget: dict[str, int] = Field(default_factory=dict)
    limits: dict[str, int] = Field(default_factory=dict)
    requests: int = 0
    information: int = 0
    paused: tuple[str, ...] = ()
    paused_until: str | None = None
    trusted: bool = False
    watching: str = ""


OPERATION = Operation("status", "Show the task", StatusParams, StatusResult, Effect.READ)
