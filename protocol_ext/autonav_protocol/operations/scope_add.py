"""Widen the contract of the active task."""

from typing import Literal

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.contract import Contract


class ScopeAddParams(Params):
    """Allow the active task more: globs, more in its budget, or more time."""

    globs: tuple[str, ...] = argument("Globs, gitignore style; PATH::NAME for symbols.", default=(), metavar="GLOB")
    to: Literal["edit", "create", "symbols", "generated", "read_only", "never"] = option(
        "The list of the contract that they join.", "edit"
    )
    files: int | None = option("How many files the change may come to.", None, metavar="N", ge=1)
    lines: int | None = option("How many added and removed lines it may come to.", None, metavar="N", ge=1)
    minutes: int | None = option("How many minutes from its start the task may take.", None, metavar="N", ge=1)
    runs: int | None = option("How often its tests may be run.", None, metavar="N", ge=1)
    hours: float | None = option("How many hours from now the contract holds.", None, metavar="N", gt=0)


class ScopeAddResult(Result):
    """The contract as it now is."""

    contract: Contract


OPERATION = Operation("scope add", "Allow more for this task", ScopeAddParams, ScopeAddResult, Effect.GRANT)
