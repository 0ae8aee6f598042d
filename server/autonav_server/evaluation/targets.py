"""Running the table of targets, which lies with the benchmarks in AutoNav's own checkout."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import autonav_server
from autonav_protocol.errors import Internal, NotFound, Unavailable
from autonav_protocol.values.target import TargetRow, TargetVerdict

TABLE = Path(autonav_server.__file__).parents[2] / "tests" / "benchmarks" / "targets.py"
GRACE_SECONDS = 10.0
"""How long a benchmark that is interrupted may take to remove what it made."""


async def measure_targets(names: Sequence[str], on_progress: Callable[[str, float], None]) -> tuple[TargetRow, ...]:
    """Measure the targets named, all by default, in a process of its own.

    Cancelling interrupts the process and everything below it. Raises Unavailable where AutoNav is not installed from a
    checkout, and NotFound for a name that the table does not hold.
    """
    if not TABLE.is_file():
        raise Unavailable(
            "the targets are measured from a checkout of AutoNav, and this is none",
            "clone it and run make setup, then .venv/bin/autonav validate --targets",
        )
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(TABLE), *names, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    rows: list[TargetRow] = []
    try:
        async for each in process.stdout:
            message = json.loads(each)
            if unknown := message.get("unknown"):
                raise NotFound(f"there is no target {', '.join(unknown)}", f"there are {', '.join(message['known'])}")
            if "begun" in message:
                on_progress(message["begun"], message["share"])
            else:
                rows.append(_row(message["row"]))
        if await process.wait():
            raise Internal(f"the benchmarks ended with {process.returncode}", "what they said before it says why")
    finally:
        await _end(process)
    return tuple(rows)


def line(row: TargetRow) -> str:
    """Return a row as one line of text: its verdict, what was measured against what, and what is to be known of it."""
    named = f"{row.verdict:<7}  {row.name:<15}  {row.work}"
    if row.value is None or row.theirs is None or row.ratio is None:
        return f"{named}: {row.said}"
    at_most = "reported only" if row.limit is None else f"at most {_limit(row)}"
    against = f"{_number(row.value)} {row.unit}, {ratio(row.ratio)} of {row.peer} ({_number(row.theirs)} {row.unit})"
    return f"{named}: {against}; {at_most}{f'; {row.said}' if row.said else ''}"


def ratio(value: float) -> str:
    """Return a ratio as a reader takes it in: 1.35 or 1/30."""
    return f"{value:.2f}" if value >= 0.2 else f"1/{1 / value:.0f}" if value else "0"


def _limit(row: TargetRow) -> str:
    assert row.limit is not None
    return ratio(row.limit) if row.of == "ratio" else f"{_number(row.limit)} {row.unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _row(values: dict[str, Any]) -> TargetRow:
    return TargetRow(**{**values, "verdict": TargetVerdict(values["verdict"])})


async def _end(process: asyncio.subprocess.Process) -> None:
    """Interrupt what still runs, so that it removes its folders, and kill its group where that is not enough."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
