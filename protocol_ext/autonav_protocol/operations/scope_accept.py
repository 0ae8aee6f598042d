"""Accept the contract file as it now is."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.contract import Contract


class ScopeAcceptParams(Params):
    """Grant what the contract file says now, after you edited it by hand, or with `policy` the settings.

    Until then the contract as it was last granted decides, and guards of before go on deciding.
    """

    expected: str | None = option("BLAKE3 of the contract file you saw; refused if it has changed since.", None)
    policy: bool = Field(default=False, description="Accept the settings of the repository instead.")


class ScopeAcceptResult(Result):
    """The contract as it now is."""

    contract: Contract


OPERATION = Operation("scope accept", "Accept the edited contract", ScopeAcceptParams, ScopeAcceptResult, Effect.GRANT)
