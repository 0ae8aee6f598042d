"""Widen the scope of the active task."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument
from autonav_protocol.values.contract import Contract


class ScopeAddParams(Params):
    """Allow the active task to edit, create and delete files under these globs."""

    globs: tuple[str, ...] = argument("Globs to allow, gitignore style.", metavar="GLOB")


class ScopeAddResult(Result):
    """The contract as it now is."""

    contract: Contract


OPERATION = Operation("scope add", "Allow files for this task", ScopeAddParams, ScopeAddResult, Effect.GRANT)
