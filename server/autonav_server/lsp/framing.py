"""Content-Length framing over asyncio streams, strict about what it reads."""

import asyncio

HEADER_LIMIT = 8 * 1024
BODY_LIMIT = 256 * 1024 * 1024


class FramingError(Exception):
    """The stream does not hold framed messages; nothing after this point can be trusted."""


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next body, None at the end of the stream; raise FramingError on anything else."""
    length: int | None = None
    seen = 0
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as error:
            if error.partial.strip():
                raise FramingError("the stream ended within a header") from error
            return None
        except asyncio.LimitOverrunError as error:
            raise FramingError("a header line is too long") from error
        seen += len(line)
        if seen > HEADER_LIMIT:
            raise FramingError("the header is too long")
        if not line.strip():
            break
        name, colon, value = line.partition(b":")
        if not colon:
            raise FramingError(f"not a header line: {line[:60]!r}")
        if name.strip().lower() == b"content-length":
            if not value.strip().isdigit():
                raise FramingError(f"not a length: {value[:60]!r}")
            length = int(value)
    if length is None:
        raise FramingError("the header has no Content-Length")
    if length > BODY_LIMIT:
        raise FramingError(f"a message of {length:,} bytes is too large")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


class LoopWriter:
    """A writer that any thread may use; bytes go out on the event loop, in order of the calls."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._loop = asyncio.get_running_loop()

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self._loop.is_closed():
            return
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is self._loop:
            self._send(data)
        else:
            self._loop.call_soon_threadsafe(self._send, data)

    def close(self) -> None:
        """Close the stream once everything is sent."""
        self._writer.close()

    def _send(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)
