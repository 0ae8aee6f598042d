"""Handle `log verify`: recompute the chain."""

import asyncio

from autonav_protocol.operations.log_verify import LogVerifyParams, LogVerifyResult
from autonav_server.context import Context
from autonav_server.ledger.chain import verify


async def run(context: Context, params: LogVerifyParams) -> LogVerifyResult:
    found = await asyncio.to_thread(verify, context.worktree.store)
    return LogVerifyResult(
        integrity=found.integrity, gaps=found.gaps, entries=found.entries, head=found.head, broken_at=found.broken_at
    )


def text(result: LogVerifyResult) -> str:
    state = "holds" if result.integrity else f"is broken at record {result.broken_at}"
    gaps = "".join(f"\n  gap: {gap}" for gap in result.gaps)
    return f"the chain {state}: {result.entries} records, head {result.head[:16]}{gaps}"


def exit_code(params: LogVerifyParams, result: LogVerifyResult) -> int:
    """Return 1 when the chain is broken."""
    return 0 if result.integrity else 1
