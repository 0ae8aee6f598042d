"""Exploration through the whole server: from a failing test to a branch, cancelled, and killed."""

import asyncio
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.client import LspClient, ResponseError
from support.shop import FAILING, git, processes_below, shop, standing  # noqa: F401

TRUSTED = {"trusted": True}


@pytest.fixture(params=["bubblewrap", "process"])
def sandboxed(request: pytest.FixtureRequest, shop: Path) -> Path:  # noqa: F811
    """The project with a sandbox of its choice."""
    if request.param == "bubblewrap" and shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    (shop / "autonav.toml").write_text(f'[explore]\nseconds = 300\n[sandbox]\nbackend = "{request.param}"\n')
    git(shop, "add", "autonav.toml")
    git(shop, "commit", "-qm", "settings")
    return shop


def slow_suite(root: Path) -> None:
    """Make every run of the tests long, so that there is a middle to interrupt, and leave a daemon behind."""
    (root / "tests/test_slow.py").write_text(
        "import subprocess, time\n\ndef test_slow():\n"
        "    subprocess.Popen(['sleep', '1000'], start_new_session=True)\n    time.sleep(1)\n"
    )


async def test_a_failing_test_ends_in_a_branch_and_nothing_else_changes(sandboxed: Path, tmp_path: Path) -> None:
    (sandboxed / "notes.txt").write_text("mine, not committed\n")
    (sandboxed / "docs.md").write_text("staged\n")
    git(sandboxed, "add", "docs.md")
    before = standing(sandboxed)
    async with LspClient.start(sandboxed, options=TRUSTED) as client:
        found = await client.command("autonav.explore", {"test": FAILING})
        best = found["candidates"][0]
        assert best["verified"] is True
        assert best["tests"] == {"passed": 4, "failed": 0, "skipped": 0, "collected": 4}
        assert "+        if price <= limit:" in best["diff"]
        assert best["evaluation"]["commands"][0]["exit_code"] == 0
        told = [each["params"]["value"] for each in client.notifications if each["method"] == "$/progress"]
        assert told[0]["kind"] == "begin"
        assert told[-1]["kind"] == "end"
        assert any("tried" in each.get("message", "") for each in told)
        await client.wait_for(lambda: any(each["method"] == "autonav/candidates" for each in client.notifications))

        uri = client.open(sandboxed / "shop/cart.py")
        at = {"line": best["line"] - 1, "character": 0}
        asked = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}
        actions = await client.request("textDocument/codeAction", asked)
        here = next(each for each in actions if each["title"].startswith("Apply fix here"))
        assert "edit" not in here
        resolved = await client.request("codeAction/resolve", here)
        assert resolved["edit"]["documentChanges"][0]["edits"][0]["newText"] == "="
        branch = next(each for each in actions if each["title"].startswith("Apply fix on autonomous/"))
        applied = await client.request("workspace/executeCommand", branch["command"])
        assert len(applied["commits"]) == 2
        with pytest.raises(ResponseError, match="exists"):
            await client.request("workspace/executeCommand", branch["command"])
        records = (await client.command("autonav.log", {}))["records"]
        proof = next(each["data"] for each in records if each["kind"] == "explore.end")
        assert proof["candidates"][0]["commands"][0][1] == 0
        assert proof["candidates"][0]["collected"] == 4
    assert standing(sandboxed) == before
    git(sandboxed, "worktree", "add", "-q", "--detach", str(tmp_path / "branch"), applied["branch"])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "branch",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "branch/notes.txt").read_text() == "mine, not committed\n"


@pytest.mark.parametrize(
    ("test", "code", "said"),
    [
        ("tests/test_cart.py::test_total", -32602, "passes already"),
        ("tests/test_cart.py::test_nowhere", 1001, "finds no test"),
    ],
)
async def test_what_cannot_be_explored_is_said(shop: Path, test: str, code: int, said: str) -> None:  # noqa: F811
    async with LspClient.start(shop, options=TRUSTED) as client:
        with pytest.raises(ResponseError, match=said) as error:
            await client.command("autonav.explore", {"test": test})
        assert error.value.code == code


async def test_an_untrusted_worktree_runs_nothing(shop: Path) -> None:  # noqa: F811
    (shop / "tests/conftest.py").write_text(f"open({str(shop / 'ran')!r}, 'w')\n")
    async with LspClient.start(shop) as client:
        with pytest.raises(ResponseError, match="not trusted") as error:
            await client.command("autonav.explore", {"test": FAILING})
        assert error.value.code == 1003
    assert not (shop / "ran").exists()


async def gone(marker: str) -> list[str]:
    """Wait until no process names the marker, and return those that still do after a while."""
    for _ in range(300):
        if not (left := processes_below(marker)):
            return []
        await asyncio.sleep(0.02)
    return left


def checkouts(marker: str) -> set[str]:
    """Return the folders of checkouts of the project that holds a file of this name, whoever else makes some."""
    homes = [*glob.glob("/dev/shm/autonav-checkouts-*"), *glob.glob("/tmp/autonav-checkouts-*")]
    return {home for home in homes if glob.glob(f"{home}/**/{marker}", recursive=True)}


@pytest.mark.parametrize("how", ["cancelRequest", "progress", "SIGKILL server", "editor gone"])
async def test_an_exploration_that_is_ended_leaves_nothing(sandboxed: Path, tmp_path: Path, how: str) -> None:
    slow_suite(sandboxed)
    marker = f"AUTONAV_TEST_MARKER_{tmp_path.name}"
    (sandboxed / marker).touch()
    before = standing(sandboxed)
    editor = await asyncio.create_subprocess_exec("sleep", "1000")
    env = {"AUTONAV_TEST_MARKER": marker}
    async with LspClient.start(sandboxed, options=TRUSTED, env=env, process_id=editor.pid) as client:
        identity, future = client.ask(
            "workspace/executeCommand", {"command": "autonav.explore", "arguments": [{"test": FAILING}]}
        )
        await client.wait_for(
            lambda: any(
                "candidates" in each["params"]["value"].get("message", "")
                for each in client.notifications
                if each["method"] == "$/progress"
            )
        )
        assert checkouts(marker)
        if how == "cancelRequest":
            client.notify("$/cancelRequest", {"id": identity})
        elif how == "progress":
            token = next(each["params"]["token"] for each in client.requests if "progress" in each["method"].lower())
            client.notify("window/workDoneProgress/cancel", {"token": token})
        elif how == "SIGKILL server":
            client.process.send_signal(signal.SIGKILL)
        else:
            editor.kill()
            await editor.wait()
        with pytest.raises((ResponseError, EOFError)) as error:
            await asyncio.wait_for(future, 20)
        if how in ("cancelRequest", "progress"):
            assert error.value.code == -32800
            assert (await client.command("autonav.status", {}))["task"] is None
            await client.stop()
        await client.process.wait()
    if editor.returncode is None:
        editor.kill()
        await editor.wait()
    assert await gone(marker) == []
    for _ in range(200):
        if not checkouts(marker):
            break
        await asyncio.sleep(0.02)
    assert not checkouts(marker)
    assert standing(sandboxed) == before


def test_the_command_line_explores_and_applies(shop: Path) -> None:  # noqa: F811
    def autonav(*argv: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "autonav_server.main", *argv, "--format", "json"],
            cwd=shop,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout)

    before = standing(shop)
    code, refused = autonav("explore", "--test", FAILING)
    assert (code, refused["error"]["code"]) == (2, 1003)
    from autonav_server.worktree.trust import set_trusted

    set_trusted(os.path.realpath(shop), True)
    code, found = autonav("explore", "--test", FAILING)
    assert code == 0
    code, applied = autonav("apply", found["candidates"][0]["id"], "--branch", "mine/fix")
    assert (code, applied["branch"]) == (0, "mine/fix")
    assert len(applied["commits"]) == 1
    assert git(shop, "diff", "main", "mine/fix", "--stat").strip().endswith("1 insertion(+), 1 deletion(-)")
    assert standing(shop) == before
