"""Delete a branch that AutoNav made."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument


class DiscardParams(Params):
    """Delete a branch that is exactly what AutoNav made.

    One that somebody added to, rewrote, renamed or has checked out stays. What it was is kept in
    the ledger first; `git branch NAME COMMIT` brings it back until git prunes its objects.
    """

    branch: str = argument("The branch.", metavar="BRANCH")


class DiscardResult(Result):
    """What was deleted; `restore` is the command that brings it back."""

    branch: str
    run: str
    commit: str
    commits: tuple[str, ...]
    restore: str


OPERATION = Operation("discard", "Discard a branch", DiscardParams, DiscardResult, Effect.WORKSPACE)
