"""A warm test runner: what is not the project's own is imported once, and every request runs in a fork.

Nothing of the project is imported here, so each fork imports and collects it anew. Runs under the
project's own interpreter: standard library and pytest alone, Python 3.8 or newer.
"""

import contextlib
import importlib
import json
import os
import resource
import signal
import sys

try:
    from importlib.metadata import entry_points
except ImportError:  # Python 3.7 has none; nothing is warmed up then
    entry_points = None

import pytest


def main():
    """Serve requests, one JSON object on a line, until the control pipe is closed."""
    control = open(os.environ.pop("AUTONAV_CONTROL"))  # noqa: SIM115
    key = json.loads(control.readline())["key"].encode()
    os.environ["AUTONAV_WARM"] = "1"
    os.environ["PYTEST_VERSION"] = pytest.__version__
    pipe = os.environ["AUTONAV_REPORT"]
    _warm_up()
    _import_alike(_learnt())
    plugin = importlib.import_module("autonav_report")
    say = plugin.sender(pipe, key)
    say({"ready": True})
    for line in control:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            control.close()
            plugin.begin(request["key"].encode())
            _run(request["argv"], request["cpu_seconds"])
        _, status, usage = os.wait4(pid, 0)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)  # what a test left running would run beside the next ones
        code = os.waitstatus_to_exitcode(status) if hasattr(os, "waitstatus_to_exitcode") else status >> 8
        spent = usage.ru_utime + usage.ru_stime
        peak = usage.ru_maxrss * 1024
        say({"done": request["number"], "exit_code": code, "peak_memory": peak, "cpu_seconds": spent})


def _warm_up():
    if entry_points is None:
        return
    found = entry_points()
    chosen = found.select(group="pytest11") if hasattr(found, "select") else found.get("pytest11", ())
    for each in chosen:
        try:
            importlib.import_module(each.value.partition(":")[0])
        except Exception as error:  # a plugin that does not load fails in the fork as it would without us
            sys.stderr.write("not warmed up: %s: %r\n" % (each.value, error))


def _learnt():
    """Return the modules from outside the project that collecting its tests imports, in the order they were."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            _silence()
            pytest.main(["-q", "-p", "no:cacheprovider", "--collect-only"])
            found = [name for name, module in list(sys.modules.items()) if _is_foreign(module)]
            with os.fdopen(writing, "w") as file:
                json.dump(found, file)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        said = file.read()
    os.waitpid(pid, 0)
    try:
        return json.loads(said)
    except ValueError:
        return []


def _is_foreign(module):
    path = getattr(module, "__file__", None) or ""
    return "site-packages" in path or path.startswith(os.path.join(sys.base_prefix, "lib"))


def _import_alike(names):
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:  # what does not load here is loaded by the fork that needs it
            sys.stderr.write("not warmed up: %s: %r\n" % (name, error))


def _silence():
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)


def _run(argv, cpu_seconds):
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    _silence()
    code = 1
    try:
        code = int(pytest.main(argv))
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
