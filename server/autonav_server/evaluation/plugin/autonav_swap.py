"""The fast test runner: pytest collects once, and every request runs in a fork with other code in the live functions.

A candidate is served only where nothing but the bodies of functions differs and no trace of the old bodies is
left; anything else is refused, and never judged. Runs under the project's own interpreter: standard library and
pytest alone, Python 3.8 or newer.
"""

# ruff: noqa: E402, I001 - what is called is noted before anything of the project can be imported
import sys
import threading

_called = {}
_TOOL = "autonav"


def _note(frame, event, _):
    if event == "call":
        _called[id(frame.f_code)] = frame.f_code


if sys.version_info < (3, 12):

    def _begin_noting():
        """Note the code of every function that is called from now on."""
        threading.setprofile(_note)
        sys.setprofile(_note)

    def _end_noting():
        """Return whether everything was noted up to now."""
        kept = sys.getprofile() is _note
        sys.setprofile(None)
        threading.setprofile(None)
        return kept

else:
    STARTS = sys.monitoring.events.PY_START

    def _note_start(code, _):
        _called[id(code)] = code
        return sys.monitoring.DISABLE

    def _begin_noting():
        """Note the code of every function that is called from now on."""
        tool = next((each for each in (4, 3, 5, 0) if sys.monitoring.get_tool(each) is None), None)
        if tool is not None:
            sys.monitoring.use_tool_id(tool, _TOOL)
            sys.monitoring.register_callback(tool, STARTS, _note_start)
            sys.monitoring.set_events(tool, STARTS)

    def _end_noting():
        """Return whether everything was noted up to now."""
        tool = next((each for each in range(6) if sys.monitoring.get_tool(each) == _TOOL), None)
        if tool is None:
            return False
        kept = sys.monitoring.get_events(tool) == STARTS
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
        return kept


if __name__ == "__main__":
    _begin_noting()

import base64
import contextlib
import gc
import importlib
import json
import math
import os
import signal
import tempfile
import time
import traceback
import types
import unittest
from typing import Any

import pytest
from _pytest import runner

from autonav_code import File, Refused, check, is_below, is_function_of  # pyright: ignore[reportMissingImports]
from autonav_fork import in_fork  # pyright: ignore[reportMissingImports]

WORSE = ("passed", "skipped", "failed", "error")
HYPOTHESIS = "_hypothesis_pytestplugin"
"""A plugin whose hooks leave the tests that are not its own alone."""

GRACE = 1.0
"""CPU seconds that a test gets to end after it was told to."""


class Stale(Refused):
    """A live function has other code than its file."""


class Late(BaseException):
    """Raised in a test that has used up its CPU time."""


def main():
    """Collect, and serve requests, one JSON object on a line, until the control pipe is closed."""
    control = open(os.environ.pop("AUTONAV_CONTROL"))  # noqa: SIM115
    settings = json.loads(control.readline())
    settings["test_seconds"] = float(os.environ.pop("AUTONAV_TEST_SECONDS", "inf"))
    os.environ["AUTONAV_WARM"] = "1"
    sys.path[0] = os.getcwd()  # as `python -m pytest` has it
    swap = Swap(control, settings, os.environ["AUTONAV_REPORT"])
    code = pytest.main(sys.argv[1:], plugins=[swap])
    swap.say({"unsafe": "pytest ended with exit code %d before any test" % int(code)})


class Swap:
    """A pytest plugin that takes over where the tests would run."""

    def __init__(self, control, settings, pipe):
        self._control, self._settings, self._pipe = control, settings, pipe
        self._sockets = _sockets()
        self._root = os.path.realpath(settings["root"])
        self._say: Any = None
        self._plugin: Any = None
        self._files = {}
        self._live = {}
        self._made = {}
        self._verdicts = {}
        self._short = frozenset()

    def say(self, message):
        """Send a message of the runner's own."""
        if self._say is None:
            plugin = importlib.import_module("autonav_report")
            self._say = plugin.sender(self._pipe, self._settings["key"].encode())
        self._say(message)

    def pytest_runtest_logreport(self, report):
        """Keep what became of a test, as the report plugin says it."""
        if report.when == "call" or report.outcome != "passed":
            outcome = report.outcome if report.when == "call" or report.outcome == "skipped" else "error"
            known = self._verdicts.get(report.nodeid, outcome)
            self._verdicts[report.nodeid] = max(known, outcome, key=WORSE.index)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        """Get ready and serve; what follows in pytest never runs."""
        try:
            self._index(session)
            self._prove(session)
        except Refused as error:
            self.say({"unsafe": str(error)})
            os._exit(0)
        for line in self._control:
            self._serve(session, json.loads(line))
        os._exit(0)

    def _index(self, session):
        """Look at what collection left behind; raise Refused where a fork of it would be no fresh start."""
        noted = _end_noting()
        self._plugin = importlib.import_module("autonav_report")
        ids = [item.nodeid for item in session.items]
        problems = (
            (session.testsfailed, "%d files could not be collected" % session.testsfailed),
            (not ids, "no test was collected"),
            (len(set(ids)) < len(ids), "two tests have the same name"),
            (vars(self._plugin)["_said"], "functions of pytest were changed while tests were collected"),
            (not noted, "something else watches which functions are called"),
            (_threads() > 1, "threads run after collection"),
            (_sockets() - self._sockets, "a socket is open after collection"),
        )
        for is_so, reason in problems:
            if is_so:
                raise Refused(reason)
        gc.collect()
        real = {}
        for code in _called.values():
            self._touch(code, real)
        for each in gc.get_objects():
            if isinstance(each, types.FunctionType):
                if is_function_of(each.__code__, self._root, real):
                    self._live.setdefault(self._key(each.__code__, real), []).append(each)
            elif isinstance(each, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)):
                self._touch(_code_of(each), real)
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and path.endswith(".py"):
                path = os.path.realpath(path)
                if is_below(path, self._root) and path not in self._files:
                    with open(path, "rb") as file:
                        self._files[path] = File(path, file.read())
        _called.clear()
        gc.freeze()

    def _touch(self, code, real):
        if is_function_of(code, self._root, real):
            self._made[self._key(code, real)] = True

    def _key(self, code, real):
        return real[code.co_filename], code.co_name, code.co_firstlineno

    def _prove(self, session):
        """Run the tests as they are, in full and shortened; what differs, or may, is always run in full."""
        full = self._base(session, frozenset())
        candidates = {item.nodeid for item in session.items if not _needs_full(session, item)}
        short = self._base(session, candidates) if candidates else {}
        self._short = frozenset(each for each in candidates if short.get(each) == full.get(each))
        self.say({"ready": True, "outcomes": full, "short": len(self._short)})

    def _base(self, session, short):
        with tempfile.TemporaryFile() as file:

            def work():
                self._short = short
                self._run(session, session.items, self._settings["cpu_seconds"])
                file.write(json.dumps(self._verdicts).encode())
                file.flush()
                return 0

            _, _, in_time = in_fork(work, self._settings["cpu_seconds"], self._settings["wall_seconds"])
            file.seek(0)
            said = file.read()
        if not said and not short:
            raise Refused("the tests did not end in time" if not in_time else "the tests ended early")
        return json.loads(said) if said else {}

    def _serve(self, session, request):
        """Answer a request: run it in a fork, or say why not."""
        number = request["number"]
        try:
            swaps = self._plan(request["overlay"])
            items = _chosen(session.items, request["ids"])
            if _threads() > 1:
                raise Refused("threads run")
        except Refused as error:
            self.say({"done": number, "refused": str(error)})
            return

        def work():
            self._control.close()
            self._plugin.begin(request["key"].encode())
            for function, code in swaps:
                function.__code__ = code
            return self._run(session, items, request["cpu_seconds"], bool(request["ids"]))

        code, usage, in_time = in_fork(work, request["cpu_seconds"], request["wall_seconds"])
        peak, spent = usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime
        said = {"done": number, "exit_code": code, "peak_memory": peak, "cpu_seconds": spent, "in_time": in_time}
        self.say(said)

    def _plan(self, overlay):
        """Return each live function whose body differs, and its new code."""
        swaps = []
        for relative, encoded in overlay.items():
            path = os.path.realpath(os.path.join(self._root, relative))
            if path not in self._files:
                raise Refused("%s was not imported during collection" % relative)
            data = base64.b64decode(encoded)
            try:
                swaps += list(self._swaps(path, relative, self._files[path].differences(data)))
            except Stale:  # rarely, a statement alone compiles otherwise than in its module
                swaps += list(self._swaps(path, relative, self._files[path].differences(data, whole=True)))
        return swaps

    def _swaps(self, path, relative, differences):
        for old, new in differences:
            key = (path, old.co_name, old.co_firstlineno)
            name = "%s of %s" % (old.co_name, relative)
            if key in self._made:
                raise Refused("%s was called during collection" % name)
            check(old, new, name)
            live = self._live.get(key, [])
            if not live:
                raise Refused("no live function is %s" % name)
            if any(each.__code__ != old for each in live):
                raise Stale("%s is not what its file says" % name)
            for each in live:
                yield each, new

    def _run(self, session, items, cpu_seconds, are_named=False):
        """Run tests and report as a run of pytest would; return the exit code."""
        self._plugin.pytest_collection_finish(types.SimpleNamespace(items=items))
        timer = Timer(cpu_seconds, self._settings["test_seconds"])
        for number, item in enumerate(items):
            following = items[number + 1] if number + 1 < len(items) else None
            late = Late("the test did not end")
            timer.begin(lambda item=item, late=late: self._tell(item, "call", "failed", 0.0, late), following)
            try:
                if item.nodeid in self._short:
                    self._run_shortened(item, following)
                    self._plugin.pytest_runtest_logfinish(item.nodeid)
                else:
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            except Late:  # between the parts of a test: pytest's own state is not to be relied on
                timer.tell()
                return 1
            finally:
                timer.end()
            if session.shouldfail or session.shouldstop or (timer.is_late and are_named and timer.is_strict):
                break
        code = int(any(outcome in ("failed", "error") for outcome in self._verdicts.values()))
        self._plugin.pytest_sessionfinish(session, code)
        return code

    def _run_shortened(self, item, following):
        """Run a test without the hooks around it."""
        item.__dict__.pop("_excinfo", None)
        if self._phase(item, "setup", lambda: runner.pytest_runtest_setup(item)):
            self._phase(item, "call", lambda: runner.pytest_runtest_call(item))
        self._phase(item, "teardown", lambda: runner.pytest_runtest_teardown(item, following))

    def _phase(self, item, when, run):
        """Run a part of a test and tell what became of it; return whether it passed."""
        started = time.perf_counter()
        raised = None
        try:
            run()
        except (pytest.exit.Exception, KeyboardInterrupt):
            raise
        except BaseException as error:
            raised = error
        kept = item.__dict__.get("_excinfo")
        if kept:  # unittest keeps what a test raised, and returns
            raised = kept.pop(0).value
        outcome = "passed"
        if raised is not None:
            is_skip = isinstance(raised, (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest))
            outcome = "skipped" if is_skip else "failed"
        self._tell(item, when, outcome, time.perf_counter() - started, raised)
        return raised is None

    def _tell(self, item, when, outcome, seconds, raised):
        crash = None
        if raised is not None and outcome == "failed":
            frames = list(traceback.walk_tb(raised.__traceback__))
            path, line = (frames[-1][0].f_code.co_filename, frames[-1][1]) if frames else ("", 0)
            crash = types.SimpleNamespace(message="%s: %s" % (type(raised).__name__, raised), path=path, lineno=line)
        report = types.SimpleNamespace(
            nodeid=item.nodeid,
            when=when,
            outcome=outcome,
            duration=seconds,
            location=item.location,
            longrepr=types.SimpleNamespace(reprcrash=crash),
        )
        self.pytest_runtest_logreport(report)
        self._plugin.pytest_runtest_logreport(report)


class Timer:
    """Ends a test that uses half of the CPU time that is left, so that one that hangs does not hide the others.

    None gets more than `most` seconds; where they are finite, a run of named tests ends with the first that is late.
    """

    def __init__(self, cpu_seconds, most):
        self._most, self.is_strict = most, most < math.inf
        self._until = time.process_time() + cpu_seconds - GRACE / 2
        self.is_late = False
        self.tell: Any = None
        signal.signal(signal.SIGPROF, self._fire)

    def begin(self, tell, following):
        """Start the time of a test; `tell` says that it failed."""
        self.tell = tell
        self.is_late = False
        left = max(0.05, self._until - time.process_time())
        mine = left if following is None else left / 2
        signal.setitimer(signal.ITIMER_PROF, min(mine, self._most), GRACE)

    def end(self):
        """Stop the time."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _fire(self, _, __):
        if self.is_late:
            self.tell()
            os._exit(1)
        self.is_late = True
        raise Late("the test used up its CPU time")


def _chosen(items, ids):
    """Return the tests that are named, or lie in what is named; all where nothing is."""
    if not ids:
        return items
    chosen = set()
    for name in ids:
        below = (name + "::", name + "[", name.rstrip("/") + "/")
        found = [each for each in items if each.nodeid == name or each.nodeid.startswith(below)]
        if not found:
            raise Refused("there is no test %s" % name)
        chosen.update(found)
    return [each for each in items if each in chosen]


def _needs_full(session, item):
    """Return whether something in hooks may decide what becomes of a test, now or with other code."""
    config = session.config
    if any(config.getoption(name, None) for name in ("runxfail", "maxfail", "pythonwarnings")):
        return True
    if config.getini("filterwarnings") or any(True for _ in item.iter_markers("filterwarnings")):
        return True
    if any(item.get_closest_marker(name) for name in ("xfail", "skip", "skipif", "flaky", "timeout")):
        return True
    test = getattr(item, "obj", None)
    if getattr(test, "is_hypothesis_test", False):
        return True
    if any(getattr(each, "__unittest_expecting_failure__", False) for each in (test, getattr(item, "cls", None))):
        return True
    for name in ("protocol", "setup", "call", "teardown", "makereport", "logreport"):
        for implementation in getattr(item.ihook, "pytest_runtest_" + name).get_hookimpls():
            owner = getattr(implementation.function, "__module__", "") or ""
            if not owner.startswith("_pytest.") and owner not in ("autonav_report", "__main__", HYPOTHESIS):
                return True
    return False


def _threads():
    try:
        return max(threading.active_count(), len(os.listdir("/proc/self/task")))
    except OSError:
        return threading.active_count()


def _sockets():
    """Return the sockets that are open."""
    found = set()
    with contextlib.suppress(OSError):  # there is no such folder elsewhere
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):  # closed meanwhile
                found.add(os.readlink("/proc/self/fd/" + name))
    return {each for each in found if each.startswith("socket:")}


def _code_of(suspended):
    for name in ("gi_code", "cr_code", "ag_code"):
        if hasattr(suspended, name):
            return getattr(suspended, name)
    return None


if __name__ == "__main__":
    main()
