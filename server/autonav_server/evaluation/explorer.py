"""The explorer process: `python -m autonav_server.evaluation.explorer`.

It has a session of its own and none of the editor's pipes. It reads one request, streams what it
finds, and ends, with everything it started, when its input does: so nothing outlives the server.
"""

import contextlib
import json
import os
import signal
import sys
import threading
from typing import Any

from pydantic import TypeAdapter

from autonav_protocol.errors import AutonavError
from autonav_server.confinement.below import adopt_orphans, end_children
from autonav_server.confinement.live import end_all
from autonav_server.evaluation.checkouts import make_home, remove_home
from autonav_server.evaluation.messages import Failure, Message, Progress
from autonav_server.evaluation.search_run import search
from autonav_server.evaluation.simplify_run import simplify
from autonav_server.evaluation.validation import validate

MESSAGE = TypeAdapter(Message)
_writing = threading.Lock()


def main() -> int:
    """Serve one request on standard input and output."""
    message = MESSAGE.validate_json(sys.stdin.buffer.readline())
    adopt_orphans()
    home = make_home()
    signal.signal(signal.SIGTERM, lambda *_: _end(home))
    threading.Thread(target=_end_with_input, args=(home,), daemon=True).start()

    def report(progress: Progress) -> None:
        _say(Message(progress=progress))

    try:
        if message.request is not None:
            _say(Message(outcome=search(message.request, home, report)))
        elif message.simplify_request is not None:
            _say(Message(outcome=simplify(message.simplify_request, home, report)))
        elif message.validation_request is not None:
            _say(Message(validations=validate(message.validation_request, home, report)))
    except AutonavError as error:
        _say(Message(failure=Failure(type(error).__name__, error.message, error.next_step)))
    finally:
        _clean(home)
    return 0


def _say(message: Message) -> None:
    values: dict[str, Any] = MESSAGE.dump_python(message, mode="json")
    with _writing, contextlib.suppress(BrokenPipeError):
        sys.stdout.buffer.write(json.dumps(values).encode() + b"\n")
        sys.stdout.buffer.flush()


def _end_with_input(home: str) -> None:
    """Wait for the end of input: the server closed it to cancel, or died."""
    while sys.stdin.buffer.read(4096):
        continue
    _end(home)


def _end(home: str) -> None:
    _clean(home)
    os._exit(1)


def _clean(home: str) -> None:
    """Kill whatever runs for this process, adopted orphans included, and remove the checkouts."""
    end_all()
    end_children()
    remove_home(home)


if __name__ == "__main__":
    code = main()
    sys.stdout.buffer.flush()
    os._exit(code)  # the thread that reads the input holds what an orderly end waits for
