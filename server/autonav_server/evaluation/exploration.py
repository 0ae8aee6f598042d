"""Running an explorer process and following what it says."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable

from autonav_protocol import errors
from autonav_protocol.errors import AutonavError, Internal
from autonav_protocol.values.validation import Validation
from autonav_server.evaluation.explorer import MESSAGE
from autonav_server.evaluation.messages import (
    Failure,
    Message,
    Outcome,
    Progress,
    Request,
    SimplifyRequest,
    ValidationRequest,
)

GRACE_SECONDS = 0.5
LINE_LIMIT = 256 << 20


async def explore(request: Request, on_progress: Callable[[Progress], None]) -> Outcome:
    """Run one exploration in a process of its own and return what it found."""
    outcome = (await _asked(Message(request=request), on_progress)).outcome
    assert outcome is not None
    return outcome


async def simplify(request: SimplifyRequest, on_progress: Callable[[Progress], None]) -> Outcome:
    """Simplify one function in a process of its own and return what came of it."""
    outcome = (await _asked(Message(simplify_request=request), on_progress)).outcome
    assert outcome is not None
    return outcome


async def validate(request: ValidationRequest, on_progress: Callable[[Progress], None]) -> tuple[Validation, ...]:
    """Run one validation in a process of its own and return what each project proved."""
    return (await _asked(Message(validation_request=request), on_progress)).validations or ()


async def _asked(request: Message, on_progress: Callable[[Progress], None]) -> Message:
    """Return the message with the answer of a process of its own.

    Cancelling ends the process and everything below it before the cancellation goes on. The
    process's failures are raised as errors of ours.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # a file of the current folder must not take the place of a module
        "-m",
        "autonav_server.evaluation.explorer",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=LINE_LIMIT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(MESSAGE.dump_json(request) + b"\n")
        await process.stdin.drain()
        async for line in process.stdout:
            message = MESSAGE.validate_python(json.loads(line))  # pydantic's own reader refuses lone surrogates
            if message.progress is not None:
                on_progress(message.progress)
            elif message.failure is not None:
                raise _error(message.failure)
            else:
                return message
        code = await process.wait()
        raise Internal(f"the explorer ended with {code} and said nothing", "the server's log says more")
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the explorer's input, which ends it, and kill its group where that is not enough."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _error(failure: Failure) -> AutonavError:
    kind = getattr(errors, failure.kind, Internal)
    return kind(failure.message, failure.next_step)
