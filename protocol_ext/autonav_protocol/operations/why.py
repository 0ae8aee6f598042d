"""Say which line decides on a path."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument


class WhyParams(Params):
    """Say whether the active task may touch a path, and which line of the contract or the settings decides."""

    path: str = argument("A file, relative to the worktree root; it need not exist.", metavar="PATH")
    show: bool = Field(default=False, description="Open that line in the editor.")


class WhyResult(Result):
    """The decision: the list and glob that decided ("" where none matched), and where the glob is written.

    `symbols` are those that may change where single symbols of the file are allowed.
    """

    path: str
    allowed: bool
    list_name: str
    glob: str
    symbols: tuple[str, ...] = ()
    source: str
    line: int | None
    explanation: str


OPERATION = Operation("why", "Say which line decides", WhyParams, WhyResult, Effect.READ)
