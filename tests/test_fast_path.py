"""The fast path: each way in which exchanged code could tell a wrong verdict, shown without its rule and with it."""

import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from autonav_analysis.search.proposals import apply, proposals, still_parses
from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server import toolchain
from autonav_server.confinement.job import Limits
from autonav_server.evaluation import evaluate, swap
from autonav_server.evaluation.evaluate import run_tests
from autonav_server.evaluation.swap import SwapRunner, agree
from autonav_server.sandbox import Sandbox, known_sandboxes
from autonav_server.toolchains.python import detect

SANDBOXES = {each.name: each for each in known_sandboxes()}
PROCESS = SANDBOXES["process"]
LIMITS = Limits(cpu_seconds=20, wall_seconds=90)
CPU = 10
CORE = "pkg/core.py"

Files = Mapping[str, str]
Starter = Callable[..., SwapRunner]

FOLDER = Path(__file__).parent / "fixtures/projects/plain"
PLAIN: Files = {name: (FOLDER / name).read_text() for name in ("pkg/__init__.py", CORE, "tests/test_core.py")}

CORE_TESTS = [f"tests/test_core.py::test_{name}" for name in ("double", "once", "box", "adder", "squares")]


def make(folder: Path, files: Files) -> str:
    """Write a project and return its folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


def recognised(checkout: str) -> toolchain.Tests:
    """Return how the tests of a project run; plugins that happen to be installed here have no say in them."""
    found = detect(checkout, None)
    assert found is not None
    return replace(found, environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})


def edited(files: Files, path: str, old: str, new: str) -> dict[str, bytes]:
    """Return the contents of a candidate: a file with one text replaced that must be there."""
    assert old in files[path]
    return {path: files[path].replace(old, new, 1).encode()}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Return a function that makes a runner on a project; it is closed with the test."""
    begun: list[SwapRunner] = []

    def starter(files: Files, sandbox: Sandbox = PROCESS, expected: Mapping[str, Outcome] | None = None) -> SwapRunner:
        checkout = make(tmp_path / f"home-{len(begun)}" / "checkout", files)
        tests = recognised(checkout)
        begun.append(SwapRunner(sandbox, tests, checkout, checkout, LIMITS, expected=expected))
        return begun[-1]

    yield starter
    for each in begun:
        each.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwapRunner]:
    """Return a runner on the plain project that several tests use."""
    checkout = make(tmp_path_factory.mktemp("shared") / "checkout", PLAIN)
    tests = recognised(checkout)
    runner = SwapRunner(PROCESS, tests, checkout, checkout, LIMITS, expected=dict.fromkeys(CORE_TESTS, Outcome.PASSED))
    yield runner
    runner.close()


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that takes rules out of the plugin, each given by its text and what stands there instead."""

    def take_out(**rules: tuple[str, str]) -> None:
        folder = tmp_path / "plugin"
        shutil.copytree(evaluate.PLUGIN, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for module, (rule, instead) in rules.items():
            path = folder / f"autonav_{module.split('_')[0]}.py"
            assert path.read_text().count(rule) == 1, rule
            path.write_text(path.read_text().replace(rule, instead))
        for each in (evaluate, swap):
            monkeypatch.setattr(each, "PLUGIN", str(folder))

    return take_out


def fresh(folder: Path, files: Files, contents: Mapping[str, bytes] = {}) -> Evaluation:
    """Return what a process of its own says of a candidate."""
    checkout = make(folder / "checkout", files)
    for path, data in contents.items():
        Path(checkout, path).write_bytes(data)
    tests = recognised(checkout)
    return run_tests(PROCESS, tests, checkout, checkout, LIMITS).evaluation


def said(runner: SwapRunner, contents: Mapping[str, bytes], *ids: str) -> Evaluation:
    """Return the verdict, which must be given."""
    evaluation = runner.run(contents, *ids, cpu_seconds=CPU)
    assert evaluation is not None, runner.reason
    return evaluation


def refusal(runner: SwapRunner, contents: Mapping[str, bytes]) -> str:
    """Return why there is no verdict."""
    assert runner.run(contents, cpu_seconds=CPU) is None
    return runner.reason


@pytest.mark.parametrize("name", ["process", "bubblewrap"])
def test_verdicts_are_those_of_a_fresh_process(name: str, start: Starter, tmp_path: Path) -> None:
    if not SANDBOXES[name].report().available:
        pytest.skip(SANDBOXES[name].report().reason)
    runner = start(PLAIN, SANDBOXES[name])
    base = said(runner, {})
    assert base.problem == ""
    assert base.tests.passed == base.tests.collected == 5
    assert base.outcomes == fresh(tmp_path, PLAIN).outcomes
    broken = said(runner, edited(PLAIN, CORE, "2 * x", "2 + x + 1"))
    assert broken.outcomes["tests/test_core.py::test_double"] is Outcome.FAILED
    failure = broken.failures["tests/test_core.py::test_double"]
    assert (failure.test_path, failure.test_line) == ("tests/test_core.py", 4)
    one = said(runner, edited(PLAIN, CORE, "<= self", "< self"), "tests/test_core.py::test_box")
    assert one.outcomes == {"tests/test_core.py::test_box": Outcome.PASSED}
    assert one.tests.collected == 1
    assert one.commands[0].exit_code == 0
    assert said(runner, edited(PLAIN, CORE, "<= self", ">= self"), "tests/test_core.py").tests.failed == 1
    assert (runner.served, runner.refused) == (4, 0)
    assert refusal(runner, {"pkg/nowhere.py": b""}) == "pkg/nowhere.py is not in the base"
    assert Path(runner.checkout, CORE).read_text() == PLAIN[CORE]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("SEEN = []", "SEEN = [1]", "level of the module"),
        ("import os\n", "import os, sys\n", "level of the module"),
        ("limit = 3", "limit = 2", "level of the class"),
        ("size=1", "size=2", "level of the class"),
        ("def double(x):", "def double(x: int):", "level of the module"),
        ("def double(x):", "@staticmethod\ndef double(x):", "level of the module"),
        ("def double(x):", "def double(y):\n    x = y", "parameters of double"),
        ("    return 2 * x", "    yield 2 * x", "parameters of double"),
        ("    SEEN.append(x)\n", "    'doc'\n    SEEN.append(x)\n", "docstring of double"),
        ("def once(x)", "def twice(x)", "level of the module"),
        ("def squares", "def more():\n    pass\n\n\ndef squares", "level of the module"),
        ("    return 2 * x", "    return 2 *", "does not compile"),
    ],
)
def test_what_is_more_than_a_body_is_refused(old: str, new: str, reason: str, shared: SwapRunner) -> None:
    assert reason in refusal(shared, edited(PLAIN, CORE, old, new))


def test_nested_functions_and_lambdas_come_along_and_changed_free_variables_do_not(start: Starter) -> None:
    runner = start(PLAIN)
    assert said(runner, edited(PLAIN, CORE, "x + n\n", "x - n\n")).outcomes[CORE_TESTS[3]] is Outcome.FAILED
    assert said(runner, edited(PLAIN, CORE, "x * x", "x + x")).outcomes[CORE_TESTS[4]] is Outcome.FAILED
    assert said(runner, edited(PLAIN, CORE, "x + n\n", "n + x\n")).tests.failed == 0
    method = {
        **PLAIN,
        CORE: "def make(n, m):\n    class Box:\n        def get(self):\n            return n\n    return Box\n",
    }
    method["tests/test_core.py"] = "from pkg.core import make\n\ndef test_get():\n    assert make(1, 2)().get() == 1\n"
    runner = start(method)
    assert said(runner, edited(method, CORE, "return n", "return m")).tests.failed == 1
    made = {
        **PLAIN,
        CORE: "def adder(n, m):\n    def add(x):\n        return x + n\n    return add\n\n\ntwo = adder(2, 3)\n",
        "tests/test_core.py": "from pkg.core import two\n\ndef test_two():\n    assert two(1) == 3\n",
    }
    assert "adder of pkg/core.py was called during collection" in refusal(
        start(made), edited(made, CORE, "x + n\n", "x + m\n")
    )


UNITTEST: Files = {
    "pkg/__init__.py": "",
    CORE: "def double(x):\n    return 2 * x\n",
    "tests/test_core.py": (
        "import unittest\nfrom pkg.core import double\n\n\nclass TestCore(unittest.TestCase):\n"
        "    def test_double(self):\n        self.assertEqual(double(2), 4)\n\n"
        "    def test_sub(self):\n        with self.subTest(x=3):\n            self.assertEqual(double(3), 6)\n\n"
        "    @unittest.expectedFailure\n    def test_expected(self):\n        self.assertEqual(double(2), 7)\n\n"
        "    def test_skip(self):\n        if double(1) != 2:\n            self.skipTest('odd')\n"
    ),
}


def test_a_failure_that_unittest_keeps_for_itself_is_a_failure(
    start: Starter, tmp_path: Path, without: Callable[..., None]
) -> None:
    candidate = edited(UNITTEST, CORE, "2 * x", "3 * x")
    right = fresh(tmp_path, UNITTEST, candidate).outcomes
    test = "tests/test_core.py::TestCore::test_double"
    assert right[test] is Outcome.FAILED
    assert said(start(UNITTEST), candidate).outcomes == right
    without(swap=("        if kept:", "        if False:"))
    assert said(start(UNITTEST), candidate).outcomes[test] is Outcome.PASSED  # the leak


HOOKED: Files = {
    "pkg/__init__.py": "",
    CORE: "def double(x):\n    return 2 * x\n",
    "tests/test_core.py": (
        "import warnings\nimport pytest\nfrom pkg.core import double\n\n\n"
        "def test_double():\n    assert double(2) == 4\n\n\n"
        "@pytest.mark.xfail\ndef test_fails():\n    assert double(2) == 5\n\n\n"
        "@pytest.mark.xfail\ndef test_passes():\n    assert double(2) == 4\n\n\n"
        "@pytest.mark.skip\ndef test_never():\n    assert False\n\n\n"
        "def test_log(caplog):\n    assert caplog.records == []\n"
    ),
}


def test_what_hooks_decide_is_left_to_the_hooks(start: Starter, tmp_path: Path, without: Callable[..., None]) -> None:
    candidate = edited(HOOKED, CORE, "2 * x", "3 * x")
    right = fresh(tmp_path, HOOKED, candidate).outcomes
    names = ("double", "fails", "passes", "never", "log")
    tests = {name: f"tests/test_core.py::test_{name}" for name in names}
    assert [right[tests[name]] for name in names] == ["failed", "skipped", "skipped", "skipped", "passed"]
    assert said(start(HOOKED), candidate).outcomes == right
    without(
        swap_marks=("if not _needs_full(session, item)", ""),
        swap_differs=(" if short.get(each) == full.get(each)", ""),
    )
    wrong = said(start(HOOKED), candidate).outcomes  # the leak
    assert [wrong[tests[name]] for name in names] == ["failed"] * 5


def test_a_hook_of_the_project_and_warnings_as_errors_are_respected(start: Starter, tmp_path: Path) -> None:
    files = {
        **PLAIN,
        "tests/conftest.py": (
            "import pytest\nfrom pkg.core import double\n\n\n"
            "def pytest_runtest_setup(item):\n    if double(0):\n        pytest.skip('odd')\n"
        ),
    }
    runner = start(files)
    assert said(runner, edited(files, CORE, "2 * x", "2 * x + 1")).tests.skipped == 5
    strict = {**PLAIN, "pytest.ini": "[pytest]\nfilterwarnings = error::UserWarning\n"}
    warned = edited(strict, CORE, "    return 2 * x", "    import warnings\n    warnings.warn('x')\n    return 2 * x")
    assert said(start(strict), warned).outcomes == fresh(tmp_path, strict, warned).outcomes
    assert said(start(PLAIN), warned).tests.failed == 0


TABLE: Files = {
    "pkg/__init__.py": "",
    CORE: (
        "REGISTRY = {}\n\n\ndef build():\n    return [n * n for n in range(4)]\n\n\nTABLE = build()\n\n\n"
        "def register(function):\n    REGISTRY[function.__name__] = function\n    return function\n\n\n"
        "@register\ndef double(x):\n    return 2 * x\n\n\n"
        "def numbers():\n    yield 1\n    yield 2\n\n\nREADY = numbers()\n"
    ),
    "tests/test_core.py": (
        "from pkg.core import READY, REGISTRY, TABLE\n\n\n"
        "def test_table():\n    assert TABLE == [0, 1, 4, 9]\n\n\n"
        "def test_registry():\n    assert REGISTRY['double'](2) == 4\n\n\n"
        "def test_ready():\n    assert list(READY) == [1, 2]\n"
    ),
}


@pytest.mark.parametrize(
    ("old", "new"),
    [("n * n", "n + n"), ("= function\n", "= None\n"), ("yield 2", "yield 3")],
    ids=["table", "decorator", "generator"],
)
def test_a_function_called_during_collection_is_refused(
    old: str, new: str, start: Starter, tmp_path: Path, without: Callable[..., None]
) -> None:
    candidate = edited(TABLE, CORE, old, new)
    assert fresh(tmp_path, TABLE, candidate).tests.failed == 1
    runner = start(TABLE)
    assert "was called during collection" in refusal(runner, candidate)
    assert said(runner, edited(TABLE, CORE, "2 * x", "3 * x")).tests.failed == 1  # registered, and not called
    without(swap=("if key in self._made:", "if False:"))
    assert said(start(TABLE), candidate).tests.failed == 0  # the leak


UNNORMAL: Files = {
    **PLAIN,
    "tests/conftest.py": "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '..'))\n",
}


def test_a_path_that_is_not_normal_is_found(start: Starter, without: Callable[..., None]) -> None:
    candidate = edited(UNNORMAL, CORE, "2 * x", "3 * x")
    assert said(start(UNNORMAL), candidate).tests.failed == 1
    without(code=("real[name] = os.path.realpath(name)", "real[name] = name"))
    assert "no live function is double" in refusal(start(UNNORMAL), candidate)


def test_a_path_that_is_not_found_is_no_verdict(start: Starter, without: Callable[..., None]) -> None:
    without(
        code=("real[name] = os.path.realpath(name)", "real[name] = name"),
        swap=("            if not live:\n", "            if False:\n"),
    )
    assert said(start(UNNORMAL), edited(UNNORMAL, CORE, "2 * x", "3 * x")).tests.failed == 0  # the leak


def test_what_was_loaded_from_elsewhere_is_refused(start: Starter) -> None:
    late = {**PLAIN, "pkg/late.py": "def f():\n    return 1\n"}
    late["tests/test_late.py"] = "def test_late():\n    from pkg.late import f\n    assert f() == 1\n"
    assert "pkg/late.py was not imported" in refusal(start(late), edited(late, "pkg/late.py", "return 1", "return 2"))
    # A module that rewrites its own functions: the live code is not that of the file.
    other = {
        **PLAIN,
        CORE: PLAIN[CORE] + "\n\ndouble.__code__ = double.__code__.replace(co_consts=(None, 2, 'more'))\n",
    }
    assert "is not what its file says" in refusal(start(other), edited(other, CORE, "2 * x", "3 * x"))
    twins = {**PLAIN, CORE: "pair = [lambda x: 2 * x, lambda x: 3 * x]\n"}
    twins["tests/test_core.py"] = "from pkg.core import pair\n\ndef test_pair():\n    assert pair[0](1) == 2\n"
    assert "same name" in refusal(start(twins), edited(twins, CORE, "2 * x", "5 * x"))


@pytest.mark.parametrize(
    ("conftest", "reason"),
    [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
            "threads run",
        ),
        ("import _thread, time\n_thread.start_new_thread(time.sleep, (60,))\n", "threads run"),
        ("import socket\nKEPT = socket.socket()\n", "a socket is open"),
        (
            "import sys\nsys.setprofile(None)\nif hasattr(sys, 'monitoring'):\n    [sys.monitoring.free_tool_id(4)]\n",
            "watches",
        ),
        (
            "import _pytest.runner as r\nr.call_and_report = lambda *a, f=r.call_and_report, **k: f(*a, **k)\n",
            "of pytest",
        ),
        ("raise ValueError\n", "before any test"),
        (
            "import os\nimport pytest\n\n@pytest.fixture(autouse=True)\ndef flip():\n    assert 'X' not in os.environ\n",
            "",
        ),
    ],
)
def test_a_session_that_is_no_fresh_start_when_forked_stays_off(conftest: str, reason: str, start: Starter) -> None:
    runner = start({**PLAIN, "tests/conftest.py": conftest}, expected=dict.fromkeys(CORE_TESTS, Outcome.PASSED))
    if not reason:
        assert said(runner, {}).tests.passed == 5
        return
    assert reason in refusal(runner, {})
    assert not runner.works
    assert reason in refusal(runner, {})
    assert runner.refused == 2


def test_other_outcomes_than_in_a_fresh_process_turn_it_off(start: Starter) -> None:
    expected = {**dict.fromkeys(CORE_TESTS, Outcome.PASSED), CORE_TESTS[2]: Outcome.FAILED}
    runner = start(PLAIN, expected=expected)
    assert refusal(runner, {}) == f"1 tests end otherwise than in a fresh process, among them {CORE_TESTS[2]}"
    named = {
        **PLAIN,
        "tests/test_named.py": "import os, pytest\n\n@pytest.mark.parametrize('n', [str(os.getpid())])\ndef test_n(n):\n    pass\n",
    }
    assert "tests end otherwise" in refusal(start(named), {})


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("import os; os._exit(0)", "ended early"),
        ("import time; time.sleep(600)", "stopped at the time limit"),
        ("import sys; sys.exit(0)", ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended early"),
        ("import os\n    if not os.fork(): os._exit(0)\n    while True: pass", ""),
        ("while True: pass", ""),
        (
            "while True:\n        try:\n            x = 1\n            while True: x = x\n        except BaseException: x = 1",
            "ended early",
        ),
    ],
    ids=["exit", "sleep", "sys.exit", "kill itself", "fork", "loop", "stubborn loop"],
)
def test_a_hostile_candidate_never_passes_and_the_next_is_served(
    statement: str, problem: str, shared: SwapRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "WALL_SLACK", 0.0)
    hostile = shared.run(edited(PLAIN, CORE, "    SEEN.append(x)", f"    {statement}"), cpu_seconds=3)
    assert hostile is not None
    assert hostile.outcomes.get(CORE_TESTS[0]) is not Outcome.PASSED
    assert problem in hostile.problem
    assert bool(problem) == bool(hostile.problem)
    if not problem:
        assert hostile.tests.passed == 4, "the others are not hidden"
    assert said(shared, edited(PLAIN, CORE, "2 * x", "x * 2")).tests.passed == 5
    assert shared.works


def test_a_candidate_that_kills_the_runner_is_not_judged_and_another_runner_serves(start: Starter) -> None:
    runner = start(PLAIN, expected=dict.fromkeys(CORE_TESTS, Outcome.PASSED))
    killer = edited(PLAIN, CORE, "    SEEN.append(x)", "    import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    assert "ended" in refusal(runner, killer)
    assert said(runner, {}).tests.passed == 5
    assert "ended" in refusal(runner, killer)
    assert "2 times in a row" in refusal(runner, killer)
    assert not runner.works
    assert Path(runner.checkout, CORE).read_text() == PLAIN[CORE]


def test_what_a_candidate_forges_is_not_believed(start: Starter) -> None:
    runner = start(PLAIN)
    forged = (
        "    import glob, os\n    for name in glob.glob(os.getcwd() + '/../channel-*/report'):\n"
        '        open(name, "w").write("0" * 32 + \' {"finished": 0}\\n\')\n    os._exit(0)'
    )
    assert "did not say" in said(runner, edited(PLAIN, CORE, "    SEEN.append(x)", forged)).problem
    assert said(runner, {}).problem == ""


def test_a_candidate_that_changes_the_tests_ends_the_fast_path(start: Starter) -> None:
    runner = start(PLAIN)
    writes = "    open('tests/test_core.py', 'a').write('#')"
    assert "tests were changed" in said(runner, edited(PLAIN, CORE, "    SEEN.append(x)", writes)).problem
    assert not runner.works


def test_nothing_of_one_candidate_reaches_the_next(start: Starter) -> None:
    files = {
        **PLAIN,
        "tests/test_state.py": (
            "import os, tempfile\nfrom pkg import core\n\n\ndef test_state():\n"
            "    assert core.SEEN == [2], core.SEEN\n    assert os.environ.pop('ONCE') == 'yes'\n"
            "    assert not os.path.exists(os.path.join(tempfile.gettempdir(), 'left'))\n"
            "    open(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()\n    core.Box.limit = 100\n"
        ),
    }
    runner = start(files)
    for _ in range(3):
        evaluation = said(runner, edited(files, CORE, "2 * x", "x * 2"))
        assert evaluation.tests.failed == 0, evaluation.failures
    assert said(runner, edited(files, CORE, "2 * x", "3 * x")).tests.failed == 1
    assert said(runner, {}).tests.failed == 0


def test_programs_that_a_test_starts_see_the_candidate(start: Starter) -> None:
    files = {
        **PLAIN,
        "tests/test_program.py": (
            "import subprocess, sys\n\n\ndef test_program():\n"
            "    said = subprocess.run([sys.executable, '-c', 'from pkg.core import double; print(double(4))'],\n"
            "                          capture_output=True, text=True)\n    assert said.stdout == '8\\n'\n"
        ),
    }
    runner = start(files)
    assert (
        said(runner, edited(files, CORE, "2 * x", "3 * x")).outcomes["tests/test_program.py::test_program"] == "failed"
    )
    assert said(runner, {}).tests.failed == 0


def test_fifty_random_edits_get_the_verdicts_of_fresh_processes(start: Starter, tmp_path: Path) -> None:
    source = PLAIN[CORE].encode()
    suspicion = {(CORE, line): 1.0 for line in range(1, len(source.splitlines()) + 1)}
    found = [apply(source, each.edits[0]) for each in proposals({CORE: source}, suspicion)]
    found = [each for each in found if still_parses(CORE, source, each)]
    chosen = random.Random(20_26).sample(found, 50)
    expected = fresh(tmp_path, PLAIN).outcomes
    runner = start(PLAIN, expected=expected)

    def slow(number: int) -> Evaluation:
        return fresh(tmp_path / f"fresh-{number}", PLAIN, {CORE: chosen[number]})

    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        proofs = list(pool.map(slow, range(len(chosen))))
    for data, proof in zip(chosen, proofs, strict=True):
        fast = runner.run({CORE: data}, cpu_seconds=CPU)
        if fast is not None:
            assert fast.problem == proof.problem
            assert fast.outcomes == proof.outcomes, data.decode()
            assert agree(fast, proof)
    assert runner.served >= 35
    assert runner.works
