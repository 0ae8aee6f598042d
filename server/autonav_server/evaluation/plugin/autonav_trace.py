"""Which lines of a project run: by sys.monitoring where there is one, which tells of each line once, else by sys.settrace.

Runs under the project's own interpreter: standard library alone, Python 3.8 or newer.
"""

import sys
import threading
from typing import Any

TOOL = "autonav lines"
FREE = (4, 3, 5, 0)
"""Numbers of tools that others use seldom, of PEP 669."""

monitoring: Any = getattr(sys, "monitoring", None)


def tracer(root):
    """Return the tracer to use for the files below a folder, which ends in a separator."""
    number = next((each for each in FREE if monitoring and monitoring.get_tool(each) is None), None)
    return BySettrace(root) if number is None else ByMonitoring(root, number)


class BySettrace:
    """Hears of every line of every call; threads count from when they are started."""

    def __init__(self, root):
        self._root = root
        self._ran = {}
        self._before: Any = None

    def begin(self):
        """Begin anew."""
        self._ran = {}
        self._before = sys.gettrace(), getattr(threading, "_trace_hook", None)
        threading.settrace(self._call)
        sys.settrace(self._call)

    def end(self):
        """Return the lines that ran since `begin`, by file."""
        mine, others = self._before
        sys.settrace(mine)
        threading.settrace(others)
        return _taken(self._ran)

    def _call(self, frame, event, _):
        name = frame.f_code.co_filename
        if not is_traced(name, self._root):
            return None
        lines = self._ran.setdefault(name, set())
        lines.add(frame.f_lineno or frame.f_code.co_firstlineno)  # a module starts on no line

        def local(frame, event, _):
            if event == "line":
                lines.add(frame.f_lineno)
            return local

        return local


class ByMonitoring:
    """Hears of each line once: what it has heard of is disabled until the next `begin`. All threads count."""

    def __init__(self, root, number):
        self._root, self._number = root, number
        self._ran = {}
        self._events = monitoring.events
        self._disable = monitoring.DISABLE
        monitoring.use_tool_id(number, TOOL)
        monitoring.register_callback(number, self._events.PY_START, self._start)
        monitoring.register_callback(number, self._events.PY_RESUME, self._resume)
        monitoring.register_callback(number, self._events.LINE, self._line)

    def begin(self):
        """Begin anew."""
        self._ran = {}
        monitoring.set_events(self._number, self._events.PY_START)
        monitoring.restart_events()

    def end(self):
        """Return the lines that ran since `begin`, by file."""
        monitoring.set_events(self._number, 0)
        return _taken(self._ran)

    def _start(self, code, _):
        if is_traced(code.co_filename, self._root):
            # Lines are asked for only where they count; what is set already costs nothing.
            monitoring.set_local_events(self._number, code, self._events.LINE | self._events.PY_RESUME)
            self._line(code, code.co_firstlineno)
        return self._disable

    def _resume(self, code, offset):
        found = [line for start, end, line in code.co_lines() if start <= offset < end and line]
        return self._line(code, found[0]) if found else self._disable

    def _line(self, code, line):
        self._ran.setdefault(code.co_filename, set()).add(line)
        return self._disable


def is_traced(name, root):
    """Return whether a file is a project's own."""
    return name.startswith(root) and "site-packages" not in name


def _taken(ran):
    """Return a copy: other threads may go on."""
    return {name: set(lines) for name, lines in ran.copy().items()}
