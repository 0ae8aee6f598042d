"""Take lines out of the contract of the active task."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument
from autonav_protocol.values.contract import Contract


class ScopeRmParams(Params):
    """Take globs out of every list of the contract; a grant, for a line of `never` may be among them."""

    globs: tuple[str, ...] = argument("Globs as the contract writes them.", metavar="GLOB")


class ScopeRmResult(Result):
    """The contract as it now is."""

    contract: Contract


OPERATION = Operation("scope rm", "Take lines out of the contract", ScopeRmParams, ScopeRmResult, Effect.GRANT)
