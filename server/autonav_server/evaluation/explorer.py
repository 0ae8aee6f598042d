"""The explorer process: `python -m autonav_server.evaluation.explorer`.

It has a session of its own and none of the editor's pipes. It reads one request, streams what it
finds, and ends, with everything it started, when its input does: so nothing outlives the server.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import threading
from typing import Any

from pydantic import TypeAdapter

from autonav_protocol.errors import AutonavError
from autonav_server.confinement.live import end_all
from autonav_server.evaluation.checkouts import make_home
from autonav_server.evaluation.messages import Failure, Message, Progress
from autonav_server.evaluation.search_run import search
from autonav_server.evaluation.simplify_run import simplify
from autonav_server.evaluation.validation import validate

PR_SET_CHILD_SUBREAPER = 36
MESSAGE = TypeAdapter(Message)
_writing = threading.Lock()


def main() -> int:
    """Serve one request on standard input and output."""
    message = MESSAGE.validate_json(sys.stdin.buffer.readline())
    _adopt_orphans()
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
    for _ in range(20):
        children = _children()
        if not children:
            break
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    gone = f"{home}-gone"
    with contextlib.suppress(OSError):
        os.rename(home, gone)  # what other threads still write to has no place any more
    shutil.rmtree(gone, ignore_errors=True)


def _children() -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def _adopt_orphans() -> None:
    """Become the parent of daemons that tests leave behind, so that they can be found and killed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    code = main()
    sys.stdout.buffer.flush()
    os._exit(code)  # the thread that reads the input holds what an orderly end waits for
