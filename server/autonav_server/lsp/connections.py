"""Further clients on a Unix socket: one protocol object each, around the state that all share."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable

from autonav_protocol.errors import Conflict
from autonav_server.lsp.framing import FramingError, LoopWriter, read_message
from autonav_server.lsp.stdio import STREAM_LIMIT, Server

log = logging.getLogger(__name__)


async def listen(path: str, create: Callable[[], Server]) -> asyncio.AbstractServer:
    """Listen on a socket with mode 0600; raise Conflict where another server answers on it.

    A socket nobody answers on is the leftover of a killed server, and is replaced.
    """
    if os.path.exists(path) and _answers(path):
        raise Conflict(f"another server listens on {path}")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    mask = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(lambda r, w: _serve(r, w, create), path, limit=STREAM_LIMIT)
    finally:
        os.umask(mask)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, create: Callable[[], Server]) -> None:
    server = create()
    server.protocol.set_writer(LoopWriter(writer))
    try:
        while server.protocol.exit_code is None and (body := await read_message(reader)) is not None:
            server.protocol.receive(body)
            await writer.drain()
    except (FramingError, ConnectionError) as error:
        log.info("a client left: %s", error)
    finally:
        writer.close()


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except OSError:
            return False
        return True
