"""Start a task."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.contract import Contract


class StartParams(Params):
    """Say what a task may touch, and watch the worktree for anything else from now on.

    Everything that is already changed or untracked counts as yours, not as the task's.
    Free while no task is active; while one is, it is a grant.
    """

    task: str = argument("What is to be done, in your own words.")
    edit: tuple[str, ...] = option("Files the task may edit, create and delete; repeatable.", (), metavar="GLOB")
    create: tuple[str, ...] = option(
        "Files the task may create; when given, `edit` no longer covers new files.", (), metavar="GLOB"
    )
    never: tuple[str, ...] = option("Files the task must not touch, whatever `edit` says.", (), metavar="GLOB")
    dry_run: bool = Field(default=False, description="Only show the contract; write nothing.")


class StartResult(Result):
    """The contract, and the file it was written to (None after a dry run)."""

    contract: Contract
    path: str | None = None
    files_in_scope: int


OPERATION = Operation("start", "Start a task", StartParams, StartResult, Effect.GRANT)
