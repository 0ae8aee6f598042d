"""The named pipes between a server and what runs in a sandbox.

Names cross the walls of every sandbox, which open descriptors do not, and nothing of the server is inherited.
"""

import contextlib
import json
import os
import secrets
import select
import shutil
import tempfile
from hashlib import blake2b
from typing import Any

FULL = 64 << 20
"""Bytes of output or report that are kept; what is older is dropped."""


class Channel:
    """A folder with the pipes `output`, `errors`, `report`, `control` and `alive`; close it when the run is over.

    `alive` is held open for as long as this process lives, so that its reader sees the end of it.
    """

    def __init__(self, home: str | None = None) -> None:
        self.folder = tempfile.mkdtemp(prefix="channel-", dir=home)
        self._pipes: dict[str, int] = {}
        for name in ("output", "errors", "report", "control", "alive"):
            os.mkfifo(self.path(name), 0o600)
            # Read and write, so that neither end waits for the other, and the end of a run is not taken for the end.
            self._pipes[name] = os.open(self.path(name), os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def path(self, name: str) -> str:
        """Return where a pipe lies, inside a sandbox and outside of it."""
        return os.path.join(self.folder, name)

    def descriptor(self, name: str) -> int:
        """Return this end of a pipe, for waiting on it."""
        return self._pipes[name]

    def read(self, name: str) -> bytes:
        """Return what a pipe holds now, empty when it holds nothing."""
        said = bytearray()
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._pipes[name], 65536):
                said += data
        return bytes(said)

    def send(self, message: object) -> None:
        """Send a JSON object on a line of `control`; raise OSError when nobody takes it."""
        data = (json.dumps(message) + "\n").encode()
        while data:
            if not select.select([], [self._pipes["control"]], [], 10)[1]:
                raise TimeoutError("what runs in the sandbox does not listen")
            data = data[os.write(self._pipes["control"], data) :]

    def close(self) -> None:
        """Close the pipes and remove them."""
        for descriptor in self._pipes.values():
            os.close(descriptor)
        self._pipes = {}
        shutil.rmtree(self.folder, ignore_errors=True)


def new_key() -> str:
    """Return a key that signs the report of one run, 32 hex digits."""
    return secrets.token_hex(16)


class Reader:
    """Takes the lines of a report in order and gives back the messages that `key` signed.

    A line is `signature message`; the signature is of the message and its number, so that none can be
    left out, repeated or moved. `plugin/autonav_report.py` signs.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._read = 0

    def message(self, line: bytes) -> dict[str, Any] | None:
        """Return the message of a line, None where it is not the next that was signed."""
        signature, _, body = line.partition(b" ")
        expected = blake2b(b"%d " % self._read + body, key=self._key, digest_size=16).hexdigest()
        if signature != expected.encode():
            return None
        self._read += 1
        return json.loads(body)
