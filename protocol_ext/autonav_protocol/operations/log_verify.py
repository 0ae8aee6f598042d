"""Verify the ledger."""

from autonav_protocol.operation import Effect, Operation, Params, Result


class LogVerifyParams(Params):
    """Recompute the hash chain of the ledger, and list the times in which nothing watched."""


class LogVerifyResult(Result):
    """Whether the chain holds, where it breaks first, and what it cannot speak of."""

    integrity: bool
    gaps: tuple[str, ...]
    entries: int
    head: str
    broken_at: int | None = None


OPERATION = Operation("log verify", "Verify the ledger", LogVerifyParams, LogVerifyResult, Effect.READ)
