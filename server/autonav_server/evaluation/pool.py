"""Worker processes behind the interface of `concurrent.futures`, of which a call can be ended while it runs.

The workers hold none of this process's pipes and do not outlive it. No more of them run at once
than the pressure on the machine allows, and pools that have work at the same time share them.
"""

import contextlib
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Executor, Future
from typing import Any

from autonav_protocol.errors import AutonavError, Internal
from autonav_server.confinement import pressure
from autonav_server.confinement.below import children_of
from autonav_server.confinement.seats import Seat, share
from autonav_server.evaluation.checkouts import reap_leftovers
from autonav_server.evaluation.work import evaluate
from autonav_server.evaluation.worker import TAKEN

log = logging.getLogger(__name__)

CANCEL_SECONDS, END_SECONDS = 0.06, 10.0
"""How long a worker may take to end itself and all below it before it is killed: in a hurry, and otherwise."""

READ_SECONDS = 1.0
KILL_ROUNDS = 20


class Task(Future[Any]):
    """A call in a pool; cancelling it ends it, also where it runs already."""

    def __init__(self, pool: "Pool", call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]) -> None:
        super().__init__()
        self.call = call
        self.worker: _Worker | None = None
        self.settled = False
        self.lost = 0
        self._pool = pool

    def running(self) -> bool:
        """Return whether a worker has it."""
        return self.worker is not None and not self.done()

    def cancel(self) -> bool:
        """End the call; return False where it has ended by itself."""
        # To the base class it waits until it is done, so that it can be cancelled all the while.
        if not super().cancel():
            return False
        self._pool.withdraw(self)
        return True


class Pool(Executor):
    """Up to `workers` processes, started when there is something to do.

    A call whose worker dies raises Internal; one that had not begun, and one of the functions in `repeatable`, is
    called once more first.
    """

    def __init__(
        self,
        workers: int,
        *,
        repeatable: Collection[Callable[..., Any]] = (evaluate,),
        read_pressure: Callable[[], pressure.Pressure] = pressure.read,
    ) -> None:
        self._size = max(1, workers)
        self._repeatable = repeatable
        self._read_pressure = read_pressure
        self._allowed, self._share, self._read_at = self._size, self._size, -READ_SECONDS
        self._changed = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._running: set[Task] = set()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False
        self._seat: Seat | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Task:
        """Have a worker call a function that can be pickled; return the future of its result."""
        task = Task(self, (fn, args, kwargs))
        with self._changed:
            if self._closed:
                raise RuntimeError("the pool is shut down")
            self._seat = self._seat or _seat()
            self._waiting.append(task)
            if self._idle < len(self._waiting) and len(self._threads) < self._size:
                thread = threading.Thread(target=self._serve, name="autonav-pool", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()
        return task

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls, end the workers when they are done, or with `cancel_futures` at once."""
        with self._changed:
            self._closed = True
            left = [*self._waiting, *self._running] if cancel_futures else []
            self._changed.notify_all()
        for task in left:
            task.cancel()
        if wait:
            for thread in self._threads:
                thread.join()
        if self._seat is not None:
            self._seat.leave()

    def withdraw(self, task: Task) -> None:
        """End a call that was cancelled, and tell those who wait for it."""
        with self._changed:
            if task.settled:
                return
            task.settled = True
            if task.worker is not None:
                task.worker.hang_up()
            with contextlib.suppress(ValueError):
                self._waiting.remove(task)
            self._changed.notify_all()
        task.set_running_or_notify_cancel()

    def _serve(self) -> None:
        """Run one worker after another in this thread, and the calls on them."""
        worker: _Worker | None = None
        while (task := self._next()) is not None:
            if worker is not None and not worker.is_alive():
                worker.end(END_SECONDS)
                worker = None
            try:
                worker = worker or _Worker()
            except OSError as error:
                self._settle(task, None, Internal(f"no worker can be started: {error}"))
                continue
            self._run(task, worker)
            if worker.is_gone:
                cleared = worker.end(CANCEL_SECONDS)
                worker = None
                with contextlib.suppress(OSError):
                    worker = None if self._closed else _Worker()
                if not cleared:
                    reap_leftovers()
        if worker is not None and not worker.end(END_SECONDS):
            reap_leftovers()

    def _next(self) -> Task | None:
        """Wait for a call that may start now; return None when there will be no more."""
        with self._changed:
            self._idle += 1
            try:
                while self._waiting or not self._closed:
                    if self._waiting and len(self._running) < self._limit():
                        task = self._waiting.popleft()
                        self._running.add(task)
                        return task
                    self._changed.wait(READ_SECONDS if self._waiting else None)
                return None
            finally:
                self._idle -= 1

    def _limit(self) -> int:
        """Return how many calls may run now; the pressure and who else works are looked at once a second."""
        now = time.monotonic()
        if now - self._read_at >= READ_SECONDS:
            self._read_at = now
            self._allowed = min(self._size, pressure.allowed(self._allowed, self._read_pressure()))
            self._share = share(self._size, *self._seat.place()) if self._seat else self._size
        return min(self._allowed, self._share)

    def _run(self, task: Task, worker: "_Worker") -> None:
        """Run a call to its end."""
        with self._changed:
            if task.settled:
                self._running.discard(task)
                return
            task.worker = worker
        try:
            call = pickle.dumps(task.call)
        except Exception as error:  # whatever an object raises that cannot be pickled
            self._settle(task, None, error)
            return
        answer = worker.ask(call)
        if answer is None:
            self._lost(task, worker)
            return
        try:
            result, error = pickle.loads(answer)  # noqa: S301 - from our own child
        except Exception as broken:
            result, error = None, Internal(f"a worker's answer cannot be read: {broken!r}")
        self._settle(task, result, error)

    def _lost(self, task: Task, worker: "_Worker") -> None:
        """Have a call whose worker is gone done again, or fail it, unless it was cancelled."""
        function = task.call[0]
        with self._changed:
            task.lost += 1
            again = not worker.has_begun or function in self._repeatable
            if again and not task.settled and task.lost == 1:
                task.worker = None
                self._running.discard(task)
                self._waiting.appendleft(task)
                self._changed.notify()
                return
        name = getattr(function, "__qualname__", repr(function))
        self._settle(task, None, Internal(f"the worker that ran {name} ended: {worker.how_it_ended()}"))

    def _settle(self, task: Task, result: Any, error: BaseException | None) -> None:
        """Say what became of a call, unless it was cancelled meanwhile; never takes the lock with it."""
        with self._changed:
            task.worker = None
            self._running.discard(task)
            first, task.settled = not task.settled, True
            self._changed.notify_all()
        if not first or not task.set_running_or_notify_cancel():
            return
        if error is not None:
            task.set_exception(error)
        else:
            task.set_result(result)


def _seat() -> Seat | None:
    """Return a seat, None where there can be none: then everything is used."""
    try:
        return Seat()
    except (OSError, AutonavError) as error:
        log.info("work is not shared with others: %s", error)
        return None


class _Worker:
    """A worker process. One thread starts, asks and ends it; any thread may hang up. `is_gone` is soon or already so."""

    def __init__(self) -> None:
        self.is_gone = False
        self.has_begun = False
        self._link, theirs = socket.socketpair()
        self._answers = self._link.makefile("rb")
        # -P: the current folder may be a project, whose modules must not be taken for ours.
        argv = [sys.executable, "-P", "-m", "autonav_server.evaluation.worker", str(theirs.fileno()), str(os.getpid())]
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError:
            self._close()
            raise
        finally:
            theirs.close()

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        return self._process.poll() is None

    def ask(self, call: bytes) -> bytes | None:
        """Return the answer to a call, None where the worker is gone or was hung up on, `has_begun` with it or not."""
        self.has_begun = False
        try:
            self._link.sendall(pickle.dumps(call))
            self.has_begun = pickle.load(self._answers) == TAKEN  # noqa: S301 - from our own child
            return pickle.load(self._answers)  # noqa: S301 - from our own child
        except (OSError, EOFError, pickle.UnpicklingError):
            self.is_gone = True
            return None

    def hang_up(self) -> None:
        """Have the worker end itself, and whoever waits for its answer wait no more."""
        self.is_gone = True
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)

    def how_it_ended(self) -> str:
        """Return in words what became of the process, which is about to end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(1.0)
            return f"signal {-code}" if code < 0 else f"exit code {code}"
        return "it closed its socket"

    def end(self, seconds: float) -> bool:
        """End the process and all below it, by force after so many seconds; return whether it cleared up after itself."""
        self.hang_up()
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            _kill_tree(self._process.pid)
            code = self._process.wait()
        self._close()
        return code == 0

    def _close(self) -> None:
        self._answers.close()
        self._link.close()


def _kill_tree(pid: int) -> None:
    """Kill a worker with all below it; as it adopts what is orphaned there, nothing below escapes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGSTOP)
    for _ in range(KILL_ROUNDS):
        below = _alive_below(pid)
        if not below:
            break
        for each in below:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(each, signal.SIGKILL)
        time.sleep(0.001)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _alive_below(pid: int) -> list[int]:
    """Return the processes below one that have not ended yet."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children_of(waiting.pop())
        waiting += below
        found += [each for each in below if _is_alive(each)]
    return found


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0] not in "ZX"
    return False
