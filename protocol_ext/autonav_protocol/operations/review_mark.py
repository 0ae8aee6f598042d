"""Mark hunks of the change as reviewed."""

from autonav_protocol.operation import Effect, Operation, Params, Result, Surface, argument, option


class ReviewMarkParams(Params):
    """Mark hunks as reviewed: of files, of single lines, or by their marks; a person's act.

    A mark stays with the content of a hunk, through rebases, amended commits and moved lines, until that changes.
    """

    hunks: tuple[str, ...] = argument("Files, lines of files, or marks that `review` gave.", metavar="PATH[:LINE]")
    remove: bool = option("Take the marks off again.", False)
    base: str | None = option("Of what changed since the branch left this commit or branch.", None, metavar="REF")


class ReviewMarkResult(Result):
    """How many hunks were meant, and how many of the whole change are reviewed now."""

    marked: int
    hunks: int
    reviewed: int


OPERATION = Operation(
    "review mark",
    "Mark as reviewed",
    ReviewMarkParams,
    ReviewMarkResult,
    Effect.READ,
    surfaces=frozenset({Surface.EDITOR, Surface.CLI}),
)
