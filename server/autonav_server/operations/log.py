"""Handle `log`: the last records."""

import json

from autonav_protocol.operations.log import LogParams, LogResult
from autonav_server.context import Context
from autonav_server.ledger.chain import last_records


async def run(context: Context, params: LogParams) -> LogResult:
    return LogResult(records=last_records(context.worktree.store, params.last))


def text(result: LogResult) -> str:
    rows = (
        f"{each.sequence:>5}  {each.at[:19]}Z  {each.surface:<6}  {each.kind:<16}  "
        + json.dumps({name: value for name, value in each.data.items() if name != "root"})
        for each in result.records
    )
    return "\n".join(rows) or "the ledger is empty"
