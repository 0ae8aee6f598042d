"""Budgets: learnt from history, given to each task, used up by files, lines, minutes and runs."""

import json
from pathlib import Path

import pytest

from autonav_analysis.contracts.usual_size import usual_budget
from autonav_server.ledger import chain
from autonav_server.worktree.worktree import open_worktree
from support.client import LspClient, ResponseError
from support.shop import git, shop  # noqa: F401
from test_cli import _apart, autonav  # noqa: F401


def test_a_budget_is_what_95_of_100_commits_keep_to() -> None:
    commits = [{f"f{file}.py": 10 for file in range(size)} for size in range(1, 101)]
    assert usual_budget(commits) == (95, 950)
    assert usual_budget([{"a.py": 1}] * 200) == (8, 200), "the least"
    assert usual_budget([{**{f"dist/{n}.js": 999 for n in range(99)}, "a.py": 1}] * 200) == (8, 200), "generated"
    assert usual_budget(commits[:19]) == (15, 700), "too few to learn from"


def test_init_begins_the_settings_and_overwrites_none(shop: Path) -> None:  # noqa: F811
    for number in range(30):
        (shop / "shop/cart.py").write_text("x = 1\n" * 300 * number)
        git(shop, "commit", "-qam", str(number))
    shown = autonav(shop, "init", "--dry-run")
    assert "# 95 of 100 of the last 31 commits here keep to it" in shown
    assert not (shop / "autonav.toml").exists()
    answer = json.loads(autonav(shop, "init", "--dry-run", "--format", "json"))
    assert (answer["files"], answer["lines"], answer["path"]) == (8, 300, None)


def test_each_task_has_the_budget_of_the_settings_unless_it_says_otherwise(shop: Path) -> None:  # noqa: F811
    def budget(*given: str) -> dict[str, int]:
        answer = json.loads(autonav(shop, "start", "--dry-run", *given, "t", "--format", "json"))
        return {name: limit for name, limit in answer["contract"]["budget"].items() if limit is not None}

    assert budget() == {"files": 15, "lines": 700}
    assert budget("--files", "0", "--lines", "9", "--minutes", "5", "--runs", "2") == {
        "lines": 9,
        "minutes": 5,
        "runs": 2,
    }
    (shop / "autonav.toml").write_text("[budget]\nfiles = 3\nlines = 0\n")
    assert budget() == {"files": 3}


def test_runs_are_counted_from_the_ledger(shop: Path) -> None:  # noqa: F811
    autonav(shop, "start", "--edit", "**", "--runs", "1", "t")
    worktree = open_worktree(str(shop))
    for kind, root in (("validate", worktree.root), ("explore.start", worktree.root), ("validate", "/elsewhere")):
        chain.append(worktree.store, kind, "cli", {"root": root})
    worktree.close()
    assert "error AN603 2 runs made of 1" in autonav(shop, "check", code=1)


async def test_in_the_editor_init_writes_the_settings_once(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        assert (await client.command("autonav.init", {}))["path"] == "autonav.toml"
        assert "files = 15" in (shop / "autonav.toml").read_text()
        with pytest.raises(ResponseError, match=r"autonav\.toml is there already"):
            await client.command("autonav.init", {})
