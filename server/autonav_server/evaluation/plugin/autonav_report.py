"""A pytest plugin that writes outcomes, and in trace mode the lines each test ran, to a private descriptor.

Runs under the project's own interpreter: standard library and pytest alone, Python 3.8 or newer.
"""

import json
import os
import sys

import pytest

_FD = int(os.environ.pop("AUTONAV_REPORT_FD", "-1"))
_TRACED = os.environ.pop("AUTONAV_TRACE", "")
if _FD >= 0:
    os.set_inheritable(_FD, False)


def _send(message):
    if _FD < 0:
        return
    data = (json.dumps(message) + "\n").encode()
    while data:
        data = data[os.write(_FD, data) :]


def pytest_collection_finish(session):
    """Say which tests there are."""
    _send({"collected": [item.nodeid for item in session.items]})


def pytest_collectreport(report):
    """Say which files could not be collected."""
    if report.failed:
        _send({"broken": report.nodeid, "why": str(report.longrepr)[-2000:]})


def pytest_runtest_logreport(report):
    """Say what became of a test; a failure in set-up or tear-down is an error."""
    if report.when == "call" or report.outcome != "passed":
        outcome = report.outcome if report.when == "call" or report.outcome == "skipped" else "error"
        _send({"test": report.nodeid, "outcome": outcome, "seconds": report.duration})


def pytest_sessionfinish(session, exitstatus):
    """Say that the run came to its own end."""
    _send({"finished": int(exitstatus)})


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """Trace one test, set-up and tear-down included."""
    if not _TRACED:
        yield
        return
    ran = {}
    previous = sys.gettrace()

    def local(frame, event, _):
        if event == "line":
            ran.setdefault(frame.f_code.co_filename, set()).add(frame.f_lineno)
        return local

    def begin(frame, event, _):
        name = frame.f_code.co_filename
        if not name.startswith(_TRACED) or "site-packages" in name:
            return None
        ran.setdefault(name, set()).add(frame.f_lineno)
        return local

    sys.settrace(begin)
    try:
        yield
    finally:
        sys.settrace(previous)
    _send({"trace": item.nodeid, "lines": {name: sorted(lines) for name, lines in ran.items()}})
