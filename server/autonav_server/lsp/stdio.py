"""The main of a language server on standard input and output: private pipes, exit by the specification."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Protocol as Shape

from autonav_server.lsp.framing import FramingError, LoopWriter, read_message
from autonav_server.lsp.protocol import Protocol

FLUSH_SECONDS = 1.0
PARENT_POLL_SECONDS = 1.0
STREAM_LIMIT = 16 * 1024 * 1024
log = logging.getLogger(__name__)


class Server(Shape):
    """What is served: a pygls server with our protocol."""

    protocol: Protocol


def private_stdio() -> tuple[int, int]:
    """Return private copies of standard input and output, and turn the public ones away from the client.

    Afterwards a stray `print` goes to standard error, and no child process inherits the pipes.
    """
    private = os.dup(0), os.dup(1)
    for descriptor in private:
        os.set_inheritable(descriptor, False)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    sys.stdout = sys.stderr
    return private


async def serve(create: Callable[[], Server], streams: tuple[int, int], close: Callable[[], Awaitable[None]]) -> int:
    """Serve until `exit`, end of input or the death of the editor; return the exit code.

    `close` is awaited first of all at the end: it ends explorations and watchers.
    """
    reader, writer = await _streams(*streams)
    server = create()
    server.protocol.set_writer(LoopWriter(writer))
    reading = asyncio.create_task(_read(reader, server.protocol))
    parent = asyncio.create_task(_parent_gone(server))
    try:
        await asyncio.wait((reading, parent), return_when=asyncio.FIRST_COMPLETED)
    finally:
        reading.cancel()
        parent.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(close(), FLUSH_SECONDS * 2)
        await _flush(writer)
    return 1 if server.protocol.exit_code is None else server.protocol.exit_code


def leave(code: int) -> None:
    """End the process now; no worker thread may delay it."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


async def _read(reader: asyncio.StreamReader, protocol: Protocol) -> None:
    while protocol.exit_code is None:
        try:
            body = await read_message(reader)
        except FramingError as error:
            log.error("the client broke the framing: %s", error)  # noqa: TRY400 - the message says all
            return
        if body is None:
            return
        try:
            protocol.receive(body)
        except Exception:
            log.exception("a message could not be handled")


async def _parent_gone(server: Server) -> None:
    """Return when the process that `initialize` named has ended."""
    while (pid := getattr(server, "process_id", None)) is None:
        await asyncio.sleep(PARENT_POLL_SECONDS / 10)
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        except OSError:
            log.warning("the editor's process %s cannot be watched by descriptor", pid)
        else:
            gone = asyncio.Event()
            asyncio.get_running_loop().add_reader(descriptor, gone.set)
            await gone.wait()
            return
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        except PermissionError:
            log.debug("the editor's process %s belongs to somebody else", pid)
        await asyncio.sleep(PARENT_POLL_SECONDS)


async def _streams(read_from: int, write_to: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=STREAM_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_from, "rb", 0))
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop), os.fdopen(write_to, "wb", 0)
    )
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


async def _flush(writer: asyncio.StreamWriter) -> None:
    """Wait until everything written is out, though not for ever."""
    deadline = asyncio.get_running_loop().time() + FLUSH_SECONDS
    while writer.transport.get_write_buffer_size() and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.002)
