"""Ask a person that the active task may touch more."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.contract import ScopeRequest


class ScopeRequestParams(Params):
    """Ask that the task may touch more, with a reason; for agents, who may not grant it themselves.

    The person sees it in the editor and with `autonav check`. Nothing is allowed until they say so.
    """

    globs: tuple[str, ...] = argument("Globs, gitignore style.", metavar="GLOB")
    reason: str = option("Why the task needs them, for the person who decides.", ..., metavar="TEXT")


class ScopeRequestResult(Result):
    """The request as it was recorded."""

    request: ScopeRequest


OPERATION = Operation("scope request", "Ask for more scope", ScopeRequestParams, ScopeRequestResult, Effect.READ)
