"""Give the text of a changed file as it was, for a diff."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option


class ReviewBaseParams(Params):
    """Give the text of a changed file as it was when the task began, or where the branch left `base`.

    Editors show it beside the file. A file that is new has none; one that is binary, or did not change, is refused.
    """

    path: str = argument("The changed file.", metavar="PATH")
    base: str | None = option("As it was where the branch left this commit or branch.", None, metavar="REF")


class ReviewBaseResult(Result):
    """The path from the root of the worktree, whether the file was there, and its text, "" where it was not."""

    path: str
    existed: bool
    text: str


OPERATION = Operation("review base", "Show a file as it was", ReviewBaseParams, ReviewBaseResult, Effect.READ)
