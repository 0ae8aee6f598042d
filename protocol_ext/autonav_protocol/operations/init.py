"""Begin a settings file with what this repository's own history says."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result


class InitParams(Params):
    """Write autonav.toml with a budget that 95 of 100 of the last 200 commits here keep to.

    Generated files and merges are not counted, and the least is 8 files and 200 lines. Settings that are
    there already are never overwritten.
    """

    dry_run: bool = Field(default=False, description="Only show the file; write nothing.")


class InitResult(Result):
    """The text of the file, how many commits it was learnt from, and its path (None after a dry run)."""

    text: str
    commits: int
    files: int
    lines: int
    path: str | None = None


OPERATION = Operation("init", "Begin the settings", InitParams, InitResult, Effect.GRANT)
