"""A pytest plugin that sends outcomes, and in trace mode the lines each test ran, through a named pipe.

Each message is signed with a key that is read before anything of the project is loaded, and pytest's own
functions are looked at again after every test. Runs under the project's own interpreter: standard library
and pytest alone, Python 3.8 or newer. PYTEST_DONT_REWRITE: it is imported before pytest looks for it.
"""

import importlib
import json
import os
import resource
import signal
from hashlib import blake2b

import pytest
from autonav_trace import tracer  # pyright: ignore[reportMissingImports]

_TRACED = os.environ.pop("AUTONAV_TRACE", "")
_tracer = tracer(_TRACED) if _TRACED else None
_TEST_SECONDS = float(os.environ.pop("AUTONAV_TEST_SECONDS", "0"))
WATCHED = (
    ("_pytest.runner", "runtestprotocol"),
    ("_pytest.runner", "call_and_report"),
    ("_pytest.runner", "pytest_runtest_call"),
    ("_pytest.runner", "pytest_runtest_makereport"),
    ("_pytest.runner", "CallInfo.from_call"),
    ("_pytest.reports", "TestReport.from_item_and_call"),
    ("_pytest.python", "Function.runtest"),
    ("_pytest.python", "pytest_pyfunc_call"),
    ("_pytest.unittest", "TestCaseFunction.runtest"),
    ("_pytest.unittest", "TestCaseFunction.addFailure"),
    ("_pytest.unittest", "TestCaseFunction.addError"),
    ("_pytest.skipping", "pytest_runtest_makereport"),
    ("_pytest.main", "Session.perform_collect"),
    ("pluggy._callers", "_multicall"),
    ("pluggy._manager", "PluginManager._hookexec"),
)
"""What decides the outcome of a test; who changes it while tests run decides it instead."""


def sender(pipe, key):
    """Return a function that sends signed messages, or one that sends none where there is no pipe."""
    if not pipe:
        return lambda message: None
    descriptor = os.open(pipe, os.O_WRONLY | os.O_CLOEXEC)
    sent = [0]

    def send(message):
        body = json.dumps(message).encode()
        signature = blake2b(b"%d " % sent[0] + body, key=key, digest_size=16).hexdigest().encode()
        sent[0] += 1
        data = signature + b" " + body + b"\n"
        while data:
            data = data[os.write(descriptor, data) :]

    return send


def _key():
    """Return the key of this run: the first line of the control pipe, in which nothing is left."""
    pipe = os.environ.pop("AUTONAV_CONTROL", "")
    if not pipe:
        return b""
    with open(pipe, "rb", buffering=0) as control:
        said = b""
        while not said.endswith(b"\n"):
            said += control.read(1)
    return json.loads(said)["key"].encode()


_PIPE = os.environ.pop("AUTONAV_REPORT", "")
_IS_WARM = "AUTONAV_WARM" in os.environ
_send = sender("" if _IS_WARM else _PIPE, b"" if _IS_WARM else _key())


def begin(key):
    """Send what follows with another key: a fork of a warm runner begins its own run."""
    global _send  # noqa: PLW0603
    os.environ.pop("AUTONAV_WARM", None)
    _send = sender(_PIPE, key)


def _fingerprints():
    """Return for each function that decides outcomes what stands for it now."""
    found = {}
    for module, path in WATCHED:
        try:
            value = importlib.import_module(module)
            for name in path.split("."):
                value = getattr(value, name)
        except (ImportError, AttributeError):
            value = None
        value = getattr(value, "__func__", value)
        found["%s.%s" % (module, path)] = (id(value), id(getattr(value, "__code__", None)))
    return found


_AT_FIRST = _fingerprints()
_said = set()


def _look_for_tampering():
    now = _fingerprints()
    changed = [name for name, known in _AT_FIRST.items() if now[name] != known and name not in _said]
    if changed:
        _said.update(changed)
        _send({"tampered": changed})


def pytest_collection_finish(session):
    """Say which tests there are."""
    _look_for_tampering()
    _send({"collected": [item.nodeid for item in session.items]})


def pytest_collectreport(report):
    """Say which files could not be collected."""
    if report.failed:
        _send({"broken": report.nodeid, "why": str(report.longrepr)[-2000:]})


def pytest_runtest_logreport(report):
    """Say what became of a test; a failure in set-up or tear-down is an error."""
    if report.when == "call" or report.outcome != "passed":
        outcome = report.outcome if report.when == "call" or report.outcome == "skipped" else "error"
        said = {"test": report.nodeid, "outcome": outcome, "seconds": report.duration}
        if outcome in ("failed", "error"):
            crash = getattr(report.longrepr, "reprcrash", None)
            said["why"] = str(getattr(crash, "message", report.longrepr))[:2000]
            said["line"] = getattr(crash, "lineno", 0)
            said["path"] = str(getattr(crash, "path", ""))
            said["at"] = report.location[:2]
        _send(said)


def pytest_runtest_logfinish(nodeid):
    """Look at pytest itself, now that what a test changed for itself is undone."""
    _look_for_tampering()


def pytest_sessionfinish(session, exitstatus):
    """Say that the run came to its own end."""
    usage = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    spent = sum(each.ru_utime + each.ru_stime for each in usage)
    _send({"finished": int(exitstatus), "cpu_seconds": spent})


class Late(BaseException):
    """Raised in a test that has used up its CPU time, and again until it ends."""


def _late(_, __):
    raise Late("the test used up its CPU time")


if _TEST_SECONDS:
    signal.signal(signal.SIGPROF, _late)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(item):
        """Fail a test that does not end; those after it are run as well, unless tests were named."""
        signal.setitimer(signal.ITIMER_PROF, _TEST_SECONDS, 0.5)
        outcome = yield
        signal.setitimer(signal.ITIMER_PROF, 0)
        if isinstance(getattr(outcome, "exception", None), Late) and any("::" in each for each in item.config.args):
            item.session.shouldstop = str(outcome.exception)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """Trace one test, set-up and tear-down included."""
    if _tracer is None:
        yield
        return
    _tracer.begin()
    try:
        yield
    finally:
        ran = _tracer.end()
    _send({"trace": item.nodeid, "lines": {name: sorted(lines) for name, lines in ran.items()}})
