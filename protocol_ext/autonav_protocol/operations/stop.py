"""End searches that run, with what they have found."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument


class StopParams(Params):
    """End a search that runs in this worktree, in whichever process, or all of them.

    What it has verified until then is its result; cancelling a search gives it up instead.
    """

    run: str | None = argument("The run; without one, all that are being searched.", default=None, metavar="RUN")


class StopResult(Result):
    """The runs that were told to stop."""

    runs: tuple[str, ...]


OPERATION = Operation("stop", "Stop the search", StopParams, StopResult, Effect.EXECUTE)
