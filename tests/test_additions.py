"""What adding one thing takes: the files that CONTRIBUTING.md states, and no edit. In a copy of the project."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.client import LspClient

ROOT = Path(__file__).parents[1]
ROOMS = ("server", "analysis", "protocol_ext", "editors", "docs", "tests")


class Copy:
    """A copy of the project whose code is run instead of this one's."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(str(root / room) for room in ROOMS[:3]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def add(self, path: str, text: str) -> None:
        file = self.root / path
        assert not file.exists(), f"{path} would be an edit"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, *argv: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, *argv], cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def generate(self) -> set[str]:
        return set(self.run("-m", "autonav_server.generate").split())

    def pytest(self, *argv: str, fails: bool = False) -> str:
        return self.run("-m", "pytest", "-p", "no:cacheprovider", *argv, fails=fails)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "pyproject.toml", *ROOMS],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file() and not name.endswith(".png"):
            target = tmp_path / "copy" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    subprocess.run(["git", "init", "-q", tmp_path / "copy"], check=True)
    return Copy(tmp_path / "copy")


DECLARATION = '''"""Greet somebody."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option


class GreetPersonParams(Params):
    """Greet somebody politely."""

    name: str = argument("Who is greeted.")
    times: int = option("How often.", 1)


class GreetPersonResult(Result):
    """The greeting."""

    said: str


OPERATION = Operation("greet person", "Greet somebody", GreetPersonParams, GreetPersonResult, Effect.READ)
'''

HANDLER = '''"""Handle `greet person`."""

from autonav_protocol.operations.greet_person import GreetPersonParams, GreetPersonResult
from autonav_server.context import Context


async def run(context: Context, params: GreetPersonParams) -> GreetPersonResult:
    return GreetPersonResult(said=" ".join([f"hello {params.name}"] * params.times))


def text(result: GreetPersonResult) -> str:
    return result.said
'''


async def test_an_operation_is_two_files_and_is_on_every_surface(copy: Copy, tmp_path: Path) -> None:
    copy.add("protocol_ext/autonav_protocol/operations/greet_person.py", DECLARATION)
    unpaired = copy.run("-m", "autonav_server.main", "doctor", "--format", "json", fails=False)
    assert "guarantees" in unpaired, "the command line asks only for the operation that it runs"
    copy.add("server/autonav_server/operations/greet_person.py", HANDLER)
    written = copy.generate()
    assert {
        "docs/operations.md",
        "editors/vscode/src/protocol.gen.ts",
        "editors/neovim/lua/autonav/operations.lua",
    } <= written

    folder = tmp_path / "folder"
    folder.mkdir()
    argv = ("-m", "autonav_server.main", "greet", "person", "you", "--times", "2")
    assert copy.run(*argv).strip() == "hello you hello you"
    assert json.loads(copy.run(*argv, "--format", "json"))["said"] == "hello you hello you"
    command = (sys.executable, "-m", "autonav_server.main", "lsp")
    async with LspClient.start(folder, command=command, env=copy.environment) as client:
        assert (await client.request("autonav/greet/person", {"name": "x"}))["said"] == "hello x"
        assert (await client.command("autonav.greet.person", {"name": "y"}))["said"] == "hello y"
    schema = json.loads((copy.root / "protocol_ext/autonav_protocol/schemas/operations.json").read_text())
    assert schema["operations"]["greet person"]["surfaces"] == ["attach", "cli", "editor", "mcp"]


RULE = '''"""AN199: a file is named badly."""

from collections.abc import Iterator

from autonav_analysis.findings import fingerprint, put_back
from autonav_analysis.rule import Rule
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Severity


def check(change: Change) -> Iterator[Finding]:
    """Yield one finding for each changed file called bad."""
    for file in change.files:
        if file.path == "bad":
            yield Finding(
                "AN199", "bad-name", Severity.HINT, "bad", 1, 1, "bad is a bad name",
                fingerprint("AN199", "bad"), (put_back(file),),
            )


RULE = Rule("AN199", "bad-name", Severity.HINT, "s", "w", "y", "e", "r", check)
'''

CASES = '[[case]]\nname = "bad"\nfiles = [{ path = "bad", kind = "added" }]\nfound = ["bad:1-1 hint"]\n'


def test_a_rule_is_a_file_and_its_cases(copy: Copy) -> None:
    copy.add("analysis/autonav_analysis/rules/bad_name.py", RULE)
    assert "bad_name.toml" in copy.pytest("tests/test_rules.py", fails=True)
    copy.add("tests/fixtures/rules/bad_name.toml", CASES)
    assert copy.generate() == {"docs/rules.md", "docs/rules/AN199.md"}
    assert "bad-name" in copy.run("-m", "autonav_server.main", "explain", "AN199")
    copy.pytest("tests/test_rules.py")


REWRITE = '''"""Return nothing."""

from collections.abc import Iterator

from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.syntax.python_nodes import nodes


def propose(site: Site) -> Iterator[Replacement]:
    """Yield each return statement without its value."""
    for statement in nodes(site, "return_statement"):
        yield Replacement(statement.start_byte, statement.end_byte, b"return")


REWRITE = Rewrite(
    name="return_nothing",
    title="Return nothing",
    language="python",
    weight=1,
    before="def f(a):\\n    return a\\n",
    after="def f(a):\\n    return\\n",
    propose=propose,
)
'''


def test_a_rewrite_is_one_file(copy: Copy) -> None:
    copy.add("analysis/autonav_analysis/rewrites/return_nothing.py", REWRITE)
    assert copy.generate() == {"docs/rewrites.md"}
    assert "2 passed" in copy.pytest("tests/test_rewrites.py", "-k", "return_nothing")


LANGUAGE = '''"""Toy: Python's grammar under another name."""

from importlib.resources import files

from autonav_analysis import languages
from autonav_analysis.language import Language


def _grammar() -> object:
    import tree_sitter_python

    return tree_sitter_python.language()


LANGUAGE = Language(
    name="toy",
    suffixes=(".toy",),
    lsp_ids=("toy",),
    grammar=_grammar,
    query=files(languages).joinpath("toy.scm").read_text("utf-8"),
    wheel="tree-sitter-python",
)
'''

QUERY = """(function_definition) @fn
(parameters) @parameters
(if_statement consequence: (_) @inc.if)
((call function: (identifier) @call) (#set! asked "recursion"))
"""

FIXTURE = (
    "def f(a, b):  # cognitive 3 cyclomatic 3 nesting 2 parameters 2\n    if a:\n        if b:\n            return 1\n"
)


def test_a_language_is_two_files_and_a_fixture(copy: Copy) -> None:
    copy.add("analysis/autonav_analysis/languages/toy.py", LANGUAGE)
    copy.add("analysis/autonav_analysis/languages/toy.scm", QUERY)
    assert "toy" in copy.pytest("tests/test_complexity.py", "-k", "fixtures", fails=True)
    copy.add("tests/fixtures/languages/toy/nested.toy", FIXTURE)
    copy.pytest("tests/test_complexity.py", "-k", "fixtures")
    assert copy.generate() == set()
    measured = copy.run(
        "-m", "autonav_server.main", "complexity", "tests/fixtures/languages/toy/nested.toy", "--format", "json"
    )
    assert json.loads(measured)["functions"][0]["cognitive"] == 3


DELETIONS = {
    "server/autonav_server/operations/check.py": ("tests/test_house.py", "check"),
    "protocol_ext/autonav_protocol/operations/check.py": ("tests/test_house.py", "check"),
    "tests/fixtures/rules/scope_outside.toml": ("tests/test_rules.py", "scope_outside.toml"),
    "docs/rules/AN101.md": ("tests/test_house.py", "docs/rules/AN101.md"),
    "server/autonav_server/commandline/table.py": ("tests/test_house.py", "commandline"),
    "analysis/autonav_analysis/languages/python.scm": ("tests/test_complexity.py", "python.scm"),
}


@pytest.mark.parametrize("path", DELETIONS)
def test_a_deleted_file_is_missed_loudly(copy: Copy, path: str) -> None:
    (copy.root / path).unlink()
    tests, named = DELETIONS[path]
    selected = ("-k", "generated or handler or registry") if tests == "tests/test_house.py" else ()
    assert named in copy.pytest(tests, *selected, fails=True)
