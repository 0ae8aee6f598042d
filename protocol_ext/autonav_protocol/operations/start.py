"""Start a task."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.contract import Contract


class StartParams(Params):
    """Say what a task may touch, and watch the worktree for anything else from now on.

    Everything that is already changed or untracked counts as yours, not as the task's.
    Free while no task is active; while one is, it is a grant, and that one is paused.
    """

    task: str = argument("What is to be done, in your own words.")
    edit: tuple[str, ...] = option("Files the task may edit, create and delete; repeatable.", (), metavar="GLOB")
    create: tuple[str, ...] = option(
        "Files the task may create; when given, `edit` no longer covers new files.", (), metavar="GLOB"
    )
    never: tuple[str, ...] = option("Files the task must not touch, whatever `edit` says.", (), metavar="GLOB")
    symbol: tuple[str, ...] = option(
        "Symbols the task may touch in files that `edit` does not cover; repeatable.", (), metavar="PATH::NAME"
    )
    read_only: tuple[str, ...] = option("Files the task may read but not change.", (), metavar="GLOB")
    generated: tuple[str, ...] = option("Files that tools write; no budget counts them.", (), metavar="GLOB")
    files: int | None = option(
        "Changed files it may come to; 0 for no limit, else the settings'.", None, metavar="N", ge=0
    )
    lines: int | None = option(
        "Changed lines it may come to; 0 for no limit, else the settings'.", None, metavar="N", ge=0
    )
    minutes: int | None = option("How many minutes it may take.", None, metavar="N", ge=1)
    runs: int | None = option("How often its tests may be run.", None, metavar="N", ge=1)
    hours: float | None = option("After how many hours the contract expires.", None, metavar="N", gt=0)
    validate_with: tuple[str, ...] = option(
        "A command that proves the task; words are split as in a shell; repeatable.", (), metavar="COMMAND"
    )
    dry_run: bool = Field(default=False, description="Only show the contract; write nothing.")


class StartResult(Result):
    """The contract, and the file it was written to (None after a dry run)."""

    contract: Contract
    path: str | None = None
    files_in_scope: int


OPERATION = Operation("start", "Start a task", StartParams, StartResult, Effect.GRANT)
