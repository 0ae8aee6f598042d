"""Explorations from the command line: strategies, two faults at once, going on after a cut, and their explanation."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autonav_protocol.values.learning import Tuning
from autonav_server.learning import records
from autonav_server.worktree.trust import set_trusted
from support.shop import FAILING, git, shop  # noqa: F401


def autonav(root: Path, *argv: str) -> Any:
    command = [sys.executable, "-m", "autonav_server.main", *argv, "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def trusted(shop: Path) -> Path:  # noqa: F811
    set_trusted(str(shop), trusted=True)
    return shop


@pytest.mark.parametrize("strategy", ["hill"])
def test_every_find_names_its_strategy_and_what_each_would_have_cost(trusted: Path, strategy: str) -> None:
    code = trusted / "shop/cart.py"
    code.write_bytes(b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + code.read_bytes())
    found = autonav(trusted, "explore", "--test", FAILING, "--strategy", strategy, "--seconds", "200")
    best = found["candidates"][0]
    assert (best["strategy"], best["stage"], best["verified"]) == (strategy, "first order", True)
    costs = {each["strategy"]: each for each in best["costs"]}
    assert set(costs) == {"enumerate", "hill", "mcts", "random", "staged"}
    assert costs[strategy]["evaluations"] is not None
    said = autonav(trusted, "explain-search")
    assert said["run"] == found["run"]
    assert said["search"]["candidates"][0]["id"] == best["id"]


def test_two_faults_are_mended_together(tmp_path: Path) -> None:
    root = tmp_path / "two"
    (root / "tests").mkdir(parents=True)
    (root / "signs.py").write_text(
        "def signs(a, b):\n    first = a < 0\n    second = b < 0\n    return first, second\n"
    )
    (root / "tests/test_signs.py").write_text(
        "from signs import signs\n\ndef test_first():\n    assert signs(1, -1)[0]\n\n"
        "def test_second():\n    assert signs(1, 2)[1]\n\n"
        "def test_both():\n    assert signs(1, 1) == (True, True)\n    assert signs(-1, -1) == (False, False)\n"
    )
    (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['.']\n")
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    set_trusted(str(root), trusted=True)
    asked = ("explore", "--test", "tests/test_signs.py::test_both", "--strategy", "mcts")
    found = autonav(root, *asked, "--seconds", "300", "--evaluations", "2000")
    best = found["candidates"][0]
    assert best["stage"] == "descent"
    assert "+" in best["rewrite"]
    assert best["tests"]["failed"] == 0


def test_a_run_that_was_cut_off_goes_on(trusted: Path) -> None:
    asked = ("explore", "--test", FAILING, "--strategy", "random")
    cut = autonav(trusted, *asked, "--evaluations", "2")
    assert (cut["evaluations"], cut["candidates"]) == (2, [])
    found = autonav(trusted, *asked, "--resume", cut["run"], "--evaluations", "6")
    assert found["run"] == cut["run"]
    nodes = autonav(trusted, "explain-search", cut["run"])["search"]["nodes"]
    before = len([each for each in nodes if each["edits"]])
    assert found["evaluations"] > 2
    assert before == len({each["id"] for each in nodes if each["edits"]})
    [record] = records.records()
    assert (record.run, record.strategy, record.evaluations, record.tuning) == (cut["run"], "random", 6, Tuning())
    assert sum(bool(each.passed) for each in record.tried) == found["evaluations"], "both parts are in the record"
    assert all(each.seconds > 0 and each.rewrites for each in record.tried if each.passed)
    [again] = autonav(trusted, "replay")["runs"]
    assert (again["own"], again["replayed"], again["known"], again["why"]) == (None, None, 6, "")


def test_a_test_that_does_not_end_is_mended(tmp_path: Path) -> None:
    root = tmp_path / "endless"
    root.mkdir()
    (root / "digits.py").write_text(
        "def digits(number):\n    count = 0\n    while number >= 0:\n        number //= 10\n        count += 1\n"
        "    return count\n\n\ndef total(numbers):\n    return sum(numbers)\n"
    )
    (root / "test_digits.py").write_text(
        "import pytest\n\nfrom digits import digits, total\n\n\n@pytest.mark.parametrize('number', [7, 12, 345])\n"
        "def test_digits(number):\n    assert digits(number) == len(str(number))\n\n\n"
        "def test_total():\n    assert total([1, 2]) == 3\n"
    )
    for argv in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        git(root, *argv)
    set_trusted(str(root), trusted=True)
    asked = ("explore", "--test", "test_digits.py::test_digits[12]", "--seconds", "200", "--stop-after", "1")
    found = autonav(root, *asked)
    assert "does not end, so no test gets more than 1 CPU seconds" in found["explanation"]
    best = found["candidates"][0]
    assert best["tests"] == {"passed": 4, "failed": 0, "skipped": 0, "collected": 4}
