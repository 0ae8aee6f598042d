"""List a change in the order in which it should be read."""

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.review import ReviewGroup


class ReviewParams(Params):
    """List the hunks of the change: what nothing asks for, what is risky, then by deliverable, mechanical ones last.

    With `base` everything since the branch left that commit, committed or not. `review mark` marks what was read.
    """

    base: str | None = option("Review what changed since the branch left this commit or branch.", None, metavar="REF")
    unread: bool = option("Only what is not marked as reviewed.", False)


class ReviewResult(Result):
    """The groups in order, none of them empty; `hunks` and `reviewed` count the whole change, `root` is the worktree's."""

    schema_version: int = 1
    root: str
    task: str | None
    groups: tuple[ReviewGroup, ...]
    hunks: int
    reviewed: int


OPERATION = Operation("review", "Review the change", ReviewParams, ReviewResult, Effect.READ)
