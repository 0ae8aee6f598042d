"""Decline a request for more scope."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument
from autonav_protocol.values.contract import ScopeRequest


class ScopeDeclineParams(Params):
    """Decline a request for more scope; it is no longer shown."""

    request: str = argument("The number of the request.", metavar="N")


class ScopeDeclineResult(Result):
    """The request that was declined."""

    request: ScopeRequest


OPERATION = Operation("scope decline", "Decline a request", ScopeDeclineParams, ScopeDeclineResult, Effect.GRANT)
