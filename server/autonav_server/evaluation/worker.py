"""A worker process of the pool: `python -m autonav_server.evaluation.worker SOCKET PARENT`.

It has a session of its own and none of its parent's pipes, runs one call at a time, and ends, with
everything it started, when its socket does: so nothing outlives the pool.
"""

import contextlib
import ctypes
import faulthandler
import os
import pickle
import signal
import socket
import sys
import threading
import time
import traceback
from queue import SimpleQueue
from typing import BinaryIO, NoReturn

from autonav_protocol.errors import Internal
from autonav_server.confinement.below import adopt_orphans, children_of, end_children
from autonav_server.confinement.live import end_all
from autonav_server.evaluation.work import release, remove_all

PR_SET_PDEATHSIG = 1
PARK_SECONDS = 0.03
TAKEN = "taken"
"""What the parent is told before a call begins: a worker that died without did nothing of it."""

CROWDED = 16
"""Processes below this one, between two calls, from which on it starts again from nothing."""

END_SECONDS = 30.0
"""After so long this process is ended whatever its threads wait for: far more than a busy machine needs to end it well."""

_parked = threading.Event()


def main() -> int:
    """Serve calls until the socket ends."""
    descriptor, parent = map(int, sys.argv[1:])
    link = socket.socket(fileno=descriptor)
    link.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _park(link))
    adopt_orphans()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        return 0
    calls: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_receive, args=(link.makefile("rb"), calls), daemon=True).start()
    while True:
        call = calls.get()
        with contextlib.suppress(OSError):
            link.sendall(pickle.dumps(TAKEN))
        answer = _answer(call)
        if len(children_of()) > CROWDED:
            release()
            end_children()
        with contextlib.suppress(OSError):  # the end of the socket is for the other thread to see
            link.sendall(pickle.dumps(answer))


def _answer(call: bytes) -> bytes:
    """Return the pickled pair of what a call returned and what it raised."""
    try:
        function, arguments, named = pickle.loads(call)  # noqa: S301 - from our own parent
        return pickle.dumps((function(*arguments, **named), None))
    except BaseException as error:
        error.add_note(f"in worker {os.getpid()}:\n{traceback.format_exc()}")
        with contextlib.suppress(Exception):
            said = pickle.dumps((None, error))
            pickle.loads(said)  # noqa: S301 - some errors go out and do not come in
            return said
        return pickle.dumps((None, Internal(f"a worker's answer cannot be sent: {error!r}")))


def _receive(file: BinaryIO, calls: SimpleQueue[bytes]) -> None:
    """Hand on calls until the parent closes the socket, to cancel or because it died."""
    with contextlib.suppress(Exception):
        while True:
            calls.put(pickle.load(file))  # noqa: S301 - from our own parent
    _end()


def _end() -> NoReturn:
    """End with everything below, while the main thread stands still and so starts nothing more.

    It may stand in the middle of an import or of anything else that holds a lock: nothing here may want one for long.
    """
    faulthandler.dump_traceback_later(END_SECONDS, exit=True, file=open(os.devnull, "w"))  # noqa: SIM115
    main_thread = threading.main_thread().ident
    if main_thread is not None:
        signal.pthread_kill(main_thread, signal.SIGTERM)
        _parked.wait(PARK_SECONDS)
    end_all()
    end_children()
    remove_all()
    os._exit(0)


def _park(link: socket.socket) -> NoReturn:
    """Stop the main thread for good, and have the other one end this process."""
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RD)
    _parked.set()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
