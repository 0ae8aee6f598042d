"""Put files back as the task should have left them."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option


class PutBackParams(Params):
    """Write files back to what they would be without the task; `undo` brings the change again.

    Refused for a file that has changed since it was looked at.
    """

    paths: tuple[str, ...] = argument("Files to put back, relative to the worktree root.", default=(), metavar="PATH")
    all: bool = Field(default=False, description="Every file that the contract does not allow.")
    lines: tuple[int, ...] = option("Of one file only the hunks that cover these lines.", (), metavar="N")
    version: str | None = option(
        "Of one file this version, by the start of its BLAKE3; see `timeline`.", None, metavar="IMAGE"
    )
    expected: dict[str, str] = option(
        "For each path the BLAKE3 of the bytes you saw, empty where there was no file.",
        {},
        metavar="PATH=BLAKE3",
    )


class PutBackResult(Result):
    """What was written, and the moment that `undo` goes back to."""

    restored: tuple[str, ...]
    deleted: tuple[str, ...]
    moment: int


OPERATION = Operation("put-back", "Put files back", PutBackParams, PutBackResult, Effect.WORKSPACE)
