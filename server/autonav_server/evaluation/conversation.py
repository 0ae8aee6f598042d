"""Talking with a test runner that lives on in its sandbox: requests go in, lines and signed messages come out."""

import select
import time
from typing import Any

from autonav_server.confinement.channel import Channel, Reader, new_key
from autonav_server.confinement.job import Job, Started
from autonav_server.sandbox import Sandbox

START_SECONDS = 60.0
WALL_FACTOR, WALL_SLACK = 3, 5.0
"""Wall time only ends what waits for ever; CPU time decides."""

QUIET = "--tb=line"
"""For pytest: nobody reads what it says of a failure here, and to show its source costs more than most tests."""


class Conversation:
    """With one runner, over a channel in a folder. One thread has it; it is over when closed."""

    def __init__(self, folder: str) -> None:
        self.channel = Channel(folder)
        self._key = new_key()
        self._reader = Reader(self._key)
        self._buffer = b""
        self._started: Started | None = None

    def begin(self, sandbox: Sandbox, job: Job, **greeting: object) -> None:
        """Start the runner, and tell it the key of its messages and what else it must know first."""
        try:
            self.channel.send({"key": self._key, **greeting})
            self._started = sandbox.start(job)
        except BaseException:
            self.close()
            raise

    def until(self, *keys: str, seconds: float) -> tuple[list[bytes], dict[str, Any] | None]:
        """Return the lines up to the runner's message with one of `keys`, and that message; None where none comes."""
        assert self._started is not None
        said: list[bytes] = []
        deadline = time.monotonic() + seconds
        report, output = self.channel.descriptor("report"), self.channel.descriptor("output")
        while True:
            while b"\n" in self._buffer:
                line, _, self._buffer = self._buffer.partition(b"\n")
                message = self._reader.message(line)
                if message is not None and not message.keys().isdisjoint(keys):
                    return said, message
                said.append(line)
            left = max(0.0, deadline - time.monotonic())
            ready = select.select([report, output, self._started.ended], [], [], left)[0]
            if output in ready:
                self.channel.read("output")  # a full pipe would stop the runner
            data = self.channel.read("report")
            if not data and (not left or self._started.ended in ready):
                return said, None
            self._buffer += data

    def close(self) -> None:
        """End the runner and everything it started."""
        if self._started is not None:
            self._started.end()
        self.channel.close()
