"""Which lines each test runs: both ways to know it, on the interpreters that have them."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autonav_server.confinement.job import Limits
from autonav_server.evaluation.evaluate import PLUGIN, run_tests
from autonav_server.sandbox import known_sandboxes
from autonav_server.toolchains.python import detect
from support.shop import SHOP

NEWER = Path(__file__).parents[1] / ".python/python"
SITE = os.path.dirname(os.path.dirname(pytest.__file__))

KINDS = """import asyncio
import contextlib
import threading


def decorated(function):
    def inner(*args):
        return function(*args)

    return inner


@decorated
def branches(value):
    if value > 1:
        return "many"
    elif value == 1:
        return "one"
    return [
        each
        for each in range(3)
        if each
    ]


def loops():
    total = 0
    for number in range(3):
        while number:
            number -= 1
            total += 1
    else:
        total += 10
    return total


def raises():
    try:
        with contextlib.suppress(KeyError):
            {}["missing"]
        raise ValueError(
            "a",
        )
    except ValueError as error:
        return str(error)
    finally:
        loops()


def steps():
    got = yield 1
    try:
        yield got
    finally:
        loops()


class Made:
    size = 2

    def __init__(self, size=size):
        self.size = size

    @property
    def double(self):
        return (lambda: self.size
                * 2)()

    def __add__(self, other):
        return Made(self.size + other.size)


async def waits(value):
    await asyncio.sleep(0)
    async with asyncio.Lock():
        return value


def matches(value):
    match value:
        case [first, *_]:
            return first
        case {"a": a}:
            return a
        case _:
            return None


def threads():
    one = threading.Thread(target=in_a_thread)
    one.start()
    one.join()


def in_a_thread():
    return loops()
"""
DRIVER = """import json, sys
sys.path[:0] = [{plugin!r}, {folder!r}]
import autonav_trace
import kinds

suspended = kinds.steps()
next(suspended)
CALLS = [
    lambda: kinds.branches(0), lambda: kinds.branches(1), lambda: kinds.branches(2), kinds.loops, kinds.raises,
    lambda: [*kinds.steps()], lambda: next(suspended, None), lambda: (kinds.Made(3) + kinds.Made()).double,
    lambda: kinds.asyncio.run(kinds.waits(1)), lambda: kinds.matches([1]), lambda: kinds.matches({{"a": 1}}),
    lambda: kinds.matches(None), kinds.threads, kinds.loops,
]
for name in ("kinds", "fresh"):
    CALLS.append(lambda name=name: exec(compile(open(kinds.__file__).read(), kinds.__file__, "exec"), {{"__name__": name}}))
root = {folder!r} + "/"
found = []
for tracer in (autonav_trace.BySettrace(root), autonav_trace.tracer(root)):
    suspended = kinds.steps()
    next(suspended)
    ran = []
    for call in CALLS:
        tracer.begin()
        call()
        ran.append({{name: sorted(lines) for name, lines in tracer.end().items()}})
        call()  # what runs between two tests counts for neither
    found.append(ran)
print(json.dumps([type(tracer).__name__, *found]))
"""


@pytest.fixture(scope="session")
def newer() -> str:
    """An interpreter with sys.monitoring."""
    if sys.version_info >= (3, 12):
        return sys.executable
    if not os.access(NEWER, os.X_OK):
        pytest.skip("there is no Python of 3.12 or newer: tests/e2e/setup_python .python")
    return str(NEWER)


def both(interpreter: str, folder: Path) -> Any:
    (folder / "kinds.py").write_text(KINDS)
    script = DRIVER.format(plugin=PLUGIN, folder=str(folder))
    argv = [interpreter, "-B", "-c", script]
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


def test_both_ways_see_the_same_lines(newer: str, tmp_path: Path) -> None:
    chosen, by_settrace, by_monitoring = both(newer, tmp_path)
    assert chosen == "ByMonitoring"
    assert by_monitoring == by_settrace
    last = max(line for ran in by_settrace for line in ran[str(tmp_path / "kinds.py")])
    assert last == len(KINDS.splitlines())
    assert by_settrace[3] == by_settrace[13]  # each test is heard of anew


def test_without_monitoring_lines_are_traced(tmp_path: Path) -> None:
    chosen, first, second = both(sys.executable, tmp_path)
    assert first == second
    assert chosen == ("ByMonitoring" if sys.version_info >= (3, 12) else "BySettrace")


def test_a_run_under_a_newer_interpreter_says_what_each_test_ran(newer: str, tmp_path: Path) -> None:
    """The same suite, under this interpreter and a newer one."""
    sandbox = next(each for each in known_sandboxes() if each.name == "process")
    lines = []
    for number, interpreter in enumerate((sys.executable, newer)):
        checkout = tmp_path / str(number) / "checkout"
        checkout.parent.mkdir()
        subprocess.run(["cp", "-r", str(SHOP), str(checkout)], check=True)
        (checkout / "sitecustomize.py").write_text(f"import sys\nsys.path.append({SITE!r})\n")
        tests = detect(str(checkout), sys.executable)
        assert tests is not None
        plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        tests = replace(tests, argv=(interpreter, *tests.argv[1:]), environment=plain)
        run = run_tests(sandbox, tests, str(checkout), str(checkout), Limits(20, 90), trace=True)
        assert run.evaluation.problem == ""
        lines.append(run.lines)
    assert lines[0]
    assert lines[1] == lines[0]
