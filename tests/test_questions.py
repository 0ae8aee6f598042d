"""Where verified candidates differ: the calls that show it, the question a person is asked, and what the answer does."""

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis.search.questions import Call, Outcome, questions, ranked_by, sentence, still_asked
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.evaluate import PLUGIN
from autonav_server.evaluation.questions import compare
from autonav_server.evaluation.work import Setup
from autonav_server.exploration import keeping
from autonav_server.worktree.snapshot import private_git
from autonav_server.worktree.trust import set_trusted
from autonav_server.worktree.worktree import open_worktree
from support.client import LspClient, ResponseError
from support.shop import git

INI = "[tool.pytest.ini_options]\npythonpath = ['.']\n"


def gives(**outcomes: str) -> dict[str, Outcome]:
    return {name.strip("_"): Outcome("gives", text, True) for name, text in outcomes.items()}


def call(text: str, outcomes: dict[str, Outcome], *, written: bool = True) -> Call:
    return Call("f", "m", "m.py", text, written, outcomes)


ERRS = {"": Outcome("gives", "0"), "a": Outcome("raises", "ValueError", True), "b": Outcome("gives", "2", True)}
CHOSEN = {
    "what tells most apart": (
        [call("f(1)", gives(_="0", a="1", b="2", c="1")), call("f(100)", gives(_="0", a="1", b="2", c="3"))],
        ["f(100)"],
    ),
    "what raises nothing, before what is shorter": (
        [call("f(1)", ERRS), call("f(1000)", gives(_="0", a="1", b="2"))],
        ["f(1000)"],
    ),
    "what can be written down": (
        [call("f(<x>)", gives(_="0", a="1", b="2"), written=False), call("f(100)", gives(_="0", a="1", b="2"))],
        ["f(100)"],
    ),
    "the shortest": (
        [call("f(10)", gives(_="0", a="1", b="2")), call("f(1)", gives(_="0", a="1", b="2"))],
        ["f(1)"],
    ),
    "one more for what is left together": (
        [call("f(1)", gives(_="0", a="1", b="2", c="1")), call("f(2)", gives(_="0", a="1", b="1", c="2"))],
        ["f(1)", "f(2)"],
    ),
    "nothing where all agree": ([call("f(1)", gives(_="0", a="1", b="1"))], []),
    "nothing without calls": ([], []),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_call_that_is_asked_about(name: str) -> None:
    calls, expected = CHOSEN[name]
    ranked = [each for each in "abc" if not calls or each in calls[0].outcomes]
    assert [each.call for each in questions(calls, ranked)] == expected


def test_a_question_in_words_and_what_an_answer_does() -> None:
    [asked] = questions([call("f('a-b')", gives(_="'x'", a="'ab'", b="'a_b'", c="'a_b'"))], ["b", "a", "c"])
    numbers = {"b": 1, "a": 2, "c": 3}
    assert sentence(asked, numbers) == "f('a-b') gives 'a_b' with 1 and 3, and gives 'ab' with 2: which is right?"
    assert asked.now == "gives 'x'"
    assert asked.answers[1].test == "from m import f\n\n\ndef test_f():\n    assert f('a-b') == 'ab'\n"
    assert ranked_by(asked, 1, ["b", "a", "c"]) == ["a", "b", "c"]
    assert still_asked(asked, ["a", "c"])
    assert not still_asked(asked, ["b", "c"])


def test_an_error_is_written_as_a_test() -> None:
    [asked] = questions([call("f(1)", ERRS)], ["a", "b"])
    assert "with pytest.raises(ValueError):\n        f(1)" in asked.answers[0].test


class Plain:
    def __init__(self, *values: object) -> None:
        self.values = values


SHOWN = [
    (None, "None", True),
    (float("nan"), "nan", False),
    ((1,), "(1,)", True),
    ({3, 1, 2}, "{1, 2, 3}", True),
    (set(), "set()", True),
    (frozenset({1}), "frozenset({1})", True),
    ({"b": 1, "a": [True]}, "{'a': [True], 'b': 1}", True),
    (len, "len", False),
    (iter([1, 2]), "iterator of [1, 2]", False),
    (Plain(1, "x"), "Plain(values=(1, 'x'))", False),
    ([object()], "[<object object>]", False),
    ([[[[[[1]]]]]], "[[[[...]]]]", False),
]


@pytest.fixture(scope="session")
def inputs() -> Any:
    """The plugin's own module."""
    sys.path.insert(0, PLUGIN)
    try:
        return importlib.import_module("autonav_inputs")
    finally:
        sys.path.remove(PLUGIN)


@pytest.mark.parametrize(("value", "text", "written"), SHOWN, ids=[text for _, text, _ in SHOWN])
def test_values_in_words(inputs: Any, value: object, text: str, written: bool) -> None:
    assert inputs.shown(value) == (text, written)


def test_what_is_long_still_differs(inputs: Any) -> None:
    one, other = inputs.shown("a" * 5000 + "b")[0], inputs.shown("a" * 5000 + "c")[0]
    assert one != other
    assert len(one) < 1100


ALIKE = [(3, [4, 2, 0, -3]), (True, [False]), ("ab", ["", "a", "b", "ba", "AB"]), ([1, 2], [[], [1], [2], [2, 1]]),
         ({"a": 1, "b": 2}, [{"b": 2}, {"a": 1}, {}]), (None, []), (object(), [])]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), ALIKE, ids=[repr(value)[:12] for value, _ in ALIKE])
def test_values_like_a_value_are_of_its_type(inputs: Any, value: object, expected: list[object]) -> None:
    found = inputs.alike(value)
    assert all(each in found for each in expected)
    assert value not in found
    assert {type(each) for each in found} <= {type(value)}


PKG = """import os
import random
import time


def clip(value, low=0, high=10, *, step=1):
    if value < low:
        return low
    return high if value > high else value


class Basket:
    def __init__(self):
        self.items = []

    def add(self, item, count=1):
        self.items.extend([item] * count)


def chance(value):
    return value


def endless(value):
    return value


def fatal(value):
    return value


def squares(values):
    for each in values:
        yield each * each


def total(values):
    return sum(values)
"""
TESTS = """from pkg import Basket, chance, clip, endless, fatal, squares, total


def test_all():
    assert clip(3) == 3
    assert clip(12, high=11) == 11
    basket = Basket()
    basket.add("pear", 2)
    assert basket.items == ["pear", "pear"]
    assert (chance(1), endless(1), fatal(1), total(iter([1])), list(squares([2]))) == (1, 1, 1, 1, [4])
"""
EDITS = {
    "high": ("value > high", "value >= high"),
    "low": ("        return low\n", "        return low - step\n"),
    "strict": ("        return low\n", "        return 0 + low\n"),
    "adds": ("[item] * count", "[item] * max(count, 1)"),
    "chance": ("def chance(value):\n    return value", "def chance(value):\n    return value if value == 1 else random.random()"),
    "endless": ("def endless(value):\n    return value", "def endless(value):\n    while value == 2: pass\n    return value"),
    "fatal": ("def fatal(value):\n    return value", "def fatal(value):\n    return value if value < 2 else os._exit(1)"),
    "lazy": ("yield each * each", "yield each * abs(each)"),
    "total": ("sum(values)", "sum(values, 0)"),
    "default": ("count=1", "count=0"),
}  # fmt: skip


def project(root: Path, files: dict[str, str]) -> Path:
    for name, text in {**files, "pyproject.toml": INI}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    set_trusted(str(root), trusted=True)
    return root


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every edit compared with the sources as they are, which stand for a candidate too, in one session."""
    patch = pytest.MonkeyPatch()
    home = tmp_path_factory.mktemp("compared")
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        patch.setenv(name, str(home / name))
    for role in ("AUTHOR", "COMMITTER"):
        patch.setenv(f"GIT_{role}_NAME", "Test")
        patch.setenv(f"GIT_{role}_EMAIL", "test@example.org")
    (home / "XDG_RUNTIME_DIR").mkdir()
    worktree = open_worktree(str(project(home / "pkg", {"pkg.py": PKG, "tests/test_pkg.py": TESTS})))
    _, tree = keeping.snapshot(worktree)
    environment = tuple(private_git(worktree, run_filters=True).environment.items())
    setup = Setup(worktree.root, environment, tree, "process", limits=Limits(20, 90.0))
    versions = {"same": {"pkg.py": PKG.replace("low=0, high", "low = 0, high").encode()}}
    for name, (old, new) in EDITS.items():
        assert old in PKG
        versions[name] = {"pkg.py": PKG.replace(old, new, 1).encode()}
    found = compare(setup, versions, ["tests/test_pkg.py::test_all"], str(home), 0)
    worktree.close()
    patch.undo()
    return found


def separating(compared: Any, name: str) -> list[Call]:
    """Return the calls of which one edit makes something else than the sources do."""
    known = [each for each in compared.calls if {name, "same"} <= each.outcomes.keys()]
    return [each for each in known if each.outcomes[name] != each.outcomes["same"]]


def test_calls_of_tests_are_varied_until_versions_differ(compared: Any) -> None:
    assert compared.tried > 20
    [asked] = questions(separating(compared, "adds"), ["same", "adds"])
    assert (asked.function, asked.path) == ("Basket.add", "pkg.py")
    assert asked.call.startswith("Basket(items=[]).add(")
    assert asked.answers[1].outcome.startswith("leaves self = Basket(items=[")
    assert asked.answers[0].test == ""


def test_arguments_that_are_the_defaults_are_left_out(compared: Any) -> None:
    texts = {each.text for each in compared.calls if each.function == "clip"}
    assert {"clip(-3)", "clip(-12, high=11)"} <= texts
    assert not any("low=0" in each or "step=1)" in each for each in texts)


def test_what_comes_to_the_same_is_not_asked_about(compared: Any) -> None:
    for name in ("high", "strict", "total"):
        assert [each.text for each in separating(compared, name)] == [], name


def test_generators_are_compared_by_what_they_bring(compared: Any) -> None:
    found = {each.text: each.outcomes["lazy"].words for each in separating(compared, "lazy")}
    assert found["squares([-2])"] == "gives iterator of [-4]"


def test_what_is_not_steady_is_left_out(compared: Any) -> None:
    assert separating(compared, "chance") == []


@pytest.mark.parametrize(("name", "outcome"), [("endless", "does not end"), ("fatal", "ends the process")])
def test_what_does_not_come_back_is_an_outcome(compared: Any, name: str, outcome: str) -> None:
    assert {each.outcomes[name].words for each in separating(compared, name)} == {outcome}


def test_what_changes_more_than_bodies_is_said_not_to_be_compared(compared: Any) -> None:
    assert "class" in compared.refused["default"]
    assert all("default" not in each.outcomes for each in compared.calls)


LARGER = {
    "larger.py": "def is_larger(a, b):\n    return a < b\n",
    "tests/test_larger.py": "from larger import is_larger\n\ndef test_larger():\n    assert is_larger(3, 2)\n",
}
TARGET = "tests/test_larger.py::test_larger"


def autonav(root: Path, *argv: str) -> str:
    command = [sys.executable, "-m", "autonav_server.main", *argv]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_a_question_from_the_search_to_the_order_of_candidates(tmp_path: Path) -> None:
    root = project(tmp_path / "larger", LARGER)
    (root / "autonav.toml").write_text("[explore]\nseconds = 200\n[sandbox]\nbackend = 'process'\n")
    async with LspClient.start(root, options={"trusted": True}) as client:
        found = await client.command("autonav.explore", {"test": TARGET, "stop_after": 2})
        best, other = (each["id"] for each in found["candidates"])
        assert all("are noticed by the tests" in each["rank_reasons"][-1] for each in found["candidates"])
        [question] = found["questions"]
        assert question["call"].startswith("is_larger(")
        assert [each["candidates"] for each in question["answers"]] == [[best], [other]]
        [asked] = await client.wait_for(
            lambda: [each for each in client.requests if each["method"] == "window/showMessageRequest"]
        )
        assert asked["params"]["message"].endswith("with 2: which is right?")
        second = question["answers"][1]
        titles = [each["title"] for each in asked["params"]["actions"]]
        assert titles == [f"{at}: {each['outcome']}" for at, each in enumerate(question["answers"], 1)]

        answered = await client.command("autonav.answer", {"answer": 2, "run": found["run"]})
        assert [each["id"] for each in answered["candidates"]] == [other, best]
        assert answered["test"] == second["test"]
        assert f"assert {question['call']} is " in second["test"]
        told = [each["params"] for each in client.notifications if each["method"] == "autonav/candidates"]
        assert [each["id"] for each in told[-1]["candidates"]] == [other, best]
        records = (await client.command("autonav.log", {}))["records"]
        said = next(each["data"] for each in records if each["kind"] == "answer")
        assert (said["call"], said["outcome"], said["candidates"]) == (question["call"], second["outcome"], [other])
        with pytest.raises(ResponseError, match="there is no answer 3"):
            await client.command("autonav.answer", {"answer": 3})
        with pytest.raises(ResponseError, match="asked 1 questions"):
            await client.command("autonav.answer", {"answer": 1, "question": 2})
    assert f"question 1: {question['call']}, without a fix it {question['now']}" in autonav(root, "explain-search")
    page = autonav(root, "explain-search", "--format", "html")
    assert f"Which is right? {question['call']}" in page
    assert "def test_is_larger" in page
    assert autonav(root, "candidates").startswith(other)
