"""List the versions that files went through during tasks."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.version import FileVersion


class TimelineParams(Params):
    """List what files held when a watcher looked: each content that any program wrote during a task, newest last.

    `put-back PATH --version IMAGE` writes one of them.
    """

    paths: tuple[str, ...] = argument(
        "Files, relative to the worktree root; all by default.", default=(), metavar="PATH"
    )
    last: int = option("How many versions.", 50, metavar="N", ge=1, le=10_000)


class TimelineResult(Result):
    """The versions, oldest first."""

    versions: tuple[FileVersion, ...]


OPERATION = Operation("timeline", "List versions", TimelineParams, TimelineResult, Effect.READ)
