"""Searches that a person stops, sends further, or applies on a world that moved: offered where they look."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from autonav_protocol.errors import Conflict
from autonav_server.evaluation.searching import Searching
from support.client import LspClient, ResponseError
from support.shop import FAILING, git, shop  # noqa: F401
from test_server_exploration import TRUSTED, slow_suite

TEST_FILE, TEST_LINE = "tests/test_cart.py", 4


async def titles(client: LspClient, uri: str) -> list[str]:
    at = {"line": TEST_LINE, "character": 0}
    asked = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}
    return [each["title"] for each in await client.request("textDocument/codeAction", asked)]


async def lenses(client: LspClient, uri: str) -> list[dict[str, Any]]:
    found = await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    return [each["command"] for each in found if each["range"]["start"]["line"] == TEST_LINE]


def told(client: LspClient, words: str) -> dict[str, Any] | None:
    asked = (each for each in client.requests if each["method"] == "window/showMessageRequest")
    return next((each["params"] for each in asked if words in each["params"]["message"]), None)


async def test_a_search_is_stopped_and_sent_further(shop: Path) -> None:  # noqa: F811
    slow_suite(shop)
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "slow")
    async with LspClient.start(shop, options=TRUSTED) as client:
        uri = client.open(shop / TEST_FILE)
        assert "Find a fix for test_cheapest" in await titles(client, uri)
        asked = {"test": FAILING, "strategy": "random", "stop_after": 10, "seconds": 300}
        _, searching = client.ask("workspace/executeCommand", {"command": "autonav.explore", "arguments": [asked]})
        while "Stop the search" not in await titles(client, uri):
            await asyncio.sleep(0.1)
        stop = next(each for each in await lenses(client, uri) if each["title"] == "Stop the search")
        run = stop["arguments"][0]["run"]
        folder = next((shop / ".git").rglob(run))
        with pytest.raises(Conflict, match="is being searched"):
            Searching(str(folder))
        assert (await client.command("autonav.stop", stop["arguments"][0]))["runs"] == [run]
        found = await asyncio.wait_for(searching, 60)
        assert "stopped before its budget was spent" in found["explanation"]
        assert "Find a fix for test_cheapest" in await titles(client, uri)
        if not found["candidates"]:
            offered = await client.wait_for(lambda: told(client, "no fix found"))
            assert [each["title"] for each in offered["actions"]] == ["Search further"]
        with pytest.raises(ResponseError, match="nothing is being searched"):
            await client.command("autonav.stop", {})


async def test_a_fix_is_applied_on_what_is_here_now(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop, options=TRUSTED) as client:
        found = await client.command("autonav.explore", {"test": FAILING})
        best = found["candidates"][0]
        said = [each["params"]["message"] for each in client.notifications if each["method"] == "window/showMessage"]
        assert any("4 of 4 tests pass" in each for each in said), "an editor without a view of its own is told"
        (shop / "run.sh").write_text("#!/bin/sh\necho\n")
        git(shop, "commit", "-qam", "moved on")
        client.answers["window/showMessageRequest"] = {"title": "Apply on what is here now"}
        with pytest.raises(ResponseError, match="merges cleanly"):
            await client.command("autonav.apply", {"candidate": best["id"]})
        branch = f"autonomous/{best['run']}"
        while branch not in git(shop, "branch", "--list", branch):
            await asyncio.sleep(0.1)
        assert "if price <= limit" in git(shop, "show", f"{branch}:shop/cart.py")
        assert git(shop, "show", f"{branch}:run.sh").endswith("echo\n")
        assert "AutoNav-Verified: no" in git(shop, "log", "-1", "--format=%B", branch)
        shown = [each["params"]["uri"] for each in client.requests if each["method"] == "window/showDocument"]
        assert shown[0].endswith("-now.diff")
