"""Show the ledger."""

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.record import LedgerRecord


class LogParams(Params):
    """Show what happened, newest last."""

    last: int = option("How many records.", 20, metavar="N", ge=1, le=10_000)


class LogResult(Result):
    """The records, oldest first."""

    records: tuple[LedgerRecord, ...]


OPERATION = Operation("log", "Show the ledger", LogParams, LogResult, Effect.READ)
