"""The fence in an editor, in full: whose change it was, hunks at the cursor, requests, the default fence."""

import asyncio
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from support.client import LspClient, uri_of
from support.shop import git, shop  # noqa: F401
from test_server import codes, fix, said, started


def severities(client: LspClient, path: Path) -> list[int]:
    return [each["severity"] for each in client.diagnostics.get(uri_of(path), [])]


def save(client: LspClient, path: Path, text: str, version: int) -> None:
    """Type a new text and save it, as an editor does."""
    document = {"uri": uri_of(path)}
    client.notify(
        "textDocument/didChange", {"textDocument": {**document, "version": version}, "contentChanges": [{"text": text}]}
    )
    client.notify("textDocument/willSave", {"textDocument": document, "reason": 1})
    path.write_text(text)
    client.notify("textDocument/didSave", {"textDocument": document})


async def test_what_this_editor_saved_is_information_and_what_followed_is_not(shop: Path) -> None:  # noqa: F811
    script = shop / "run.sh"
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        client.open(script)
        save(client, script, "#!/bin/sh\necho mine\n", 2)
        await client.wait_for(lambda: severities(client, script) == [3])
        script.write_text("#!/bin/sh\necho mine\necho and the agent's\n")
        await client.wait_for(lambda: severities(client, script) == [1])
        save(client, script, script.read_text() + "echo saved over it\n", 3)
        await client.wait_for(lambda: "(+3" in said(client, script))
        assert severities(client, script) == [1], "saving must not launder what another wrote"


async def test_the_hunk_at_the_cursor_is_put_back(shop: Path) -> None:  # noqa: F811
    path = shop / "long.py"
    path.write_text("".join(f"x{number} = {number}\n" for number in range(40)))
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "long")
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        changed = path.read_text().replace("x5 = 5", "x5 = 6").replace("x30 = 30\n", "")
        path.write_text(changed)
        await client.wait_for(lambda: codes(client, path))
        client.open(path)
        asked = {
            "textDocument": {"uri": uri_of(path)},
            "range": {"start": {"line": 29, "character": 0}, "end": {"line": 29, "character": 0}},
            "context": {"diagnostics": []},
        }
        actions = {each["title"]: each for each in await client.request("textDocument/codeAction", asked)}
        assert "Put this hunk back: long.py:30" in actions
        assert {"Pause the task for 30 minutes", "Stop the task", "Open the contract line that decides"} <= set(actions)
        await client.request("workspace/executeCommand", actions["Put this hunk back: long.py:30"]["command"])
        assert path.read_text().count("x30 = 30") == 1
        assert "x5 = 6" in path.read_text()
        await client.request("workspace/executeCommand", actions["Open the contract line that decides"]["command"])
        await client.wait_for(lambda: [each for each in client.requests if each["method"] == "window/showDocument"])
        await client.request("workspace/executeCommand", actions["Pause the task for 30 minutes"]["command"])
        await client.wait_for(lambda: codes(client, path) == [])


@pytest.mark.parametrize("answer", ["Allow", "Decline", None])
async def test_a_request_is_put_before_the_person(shop: Path, answer: str | None) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        contract = shop / (await started(client, "shop/**"))["path"]
        client.answers["window/showMessageRequest"] = {"title": answer} if answer else None
        asked = ["scope", "request", "docs.md", "--reason", "the docs are wrong now"]
        subprocess.run([sys.executable, "-m", "autonav_server.main", *asked], cwd=shop, check=True, capture_output=True)
        await client.wait_for(lambda: [each for each in client.requests if "showMessageRequest" in each["method"]])
        if answer:
            await client.wait_for(lambda: "AN107" in codes(client, contract))
            await client.wait_for(lambda: codes(client, contract) == [])
        else:
            await client.wait_for(lambda: codes(client, contract) == ["AN107"])
            await fix(client, contract, "Decline")
            await client.wait_for(lambda: codes(client, contract) == [])
        why = await client.command("autonav.why", {"path": "docs.md"})
        assert why["allowed"] is (answer == "Allow")


async def test_the_default_fence_informs_since_the_editor_opened(shop: Path) -> None:  # noqa: F811
    (shop / "LICENSE").write_text("mine, before\n")
    async with LspClient.start(shop) as client:
        await client.wait_for(lambda: [e for e in client.notifications if e["method"] == "autonav/status"])
        workflow = shop / ".github/workflows/ci.yml"
        workflow.parent.mkdir(parents=True)
        workflow.write_text("on: push\n")
        (shop / "docs.md").write_text("x")
        await client.wait_for(lambda: codes(client, workflow) == ["AN105"])
        assert severities(client, workflow) == [3]
        git(shop, "add", "-A")
        git(shop, "commit", "-qm", "an agent commits")
        assert codes(client, workflow) == ["AN105"]
        assert codes(client, shop / "LICENSE") == codes(client, shop / "docs.md") == []
        await fix(client, workflow, "Remove this new file")
        await client.wait_for(lambda: codes(client, workflow) == [])
        assert not workflow.exists()


async def test_a_plain_folder_is_fenced_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "plain folder"
    folder.mkdir()
    (folder / "a.txt").write_text("a\r\n", newline="")
    async with LspClient.start(folder) as client:
        await started(client, "b.txt")
        (folder / "a.txt").write_bytes(b"\xff\xfe")
        await client.wait_for(lambda: codes(client, folder / "a.txt") == ["AN101"])
        await fix(client, folder / "a.txt", "Put this file back")
        assert (folder / "a.txt").read_bytes() == b"a\r\n"


async def test_a_folder_and_all_that_is_outside_are_put_back(shop: Path) -> None:  # noqa: F811
    paths = ("docs/a.md", "docs/deep/b.md", "run.sh")
    (shop / "docs/deep").mkdir(parents=True)
    for path in paths:
        (shop / path).write_text("before\n")
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        for path in paths:
            (shop / path).write_text("after\n")
        await client.wait_for(lambda: all(codes(client, shop / path) == ["AN101"] for path in paths))
        client.open(shop / "docs/a.md")
        await fix(client, shop / "docs/a.md", "Put back everything outside the task in docs/: 2 files")
        assert [(shop / path).read_text() for path in paths] == ["before\n", "before\n", "after\n"]
        await client.wait_for(lambda: codes(client, shop / "docs/deep/b.md") == [])
        (shop / "docs/deep/b.md").write_text("after\n")
        await client.wait_for(lambda: codes(client, shop / "docs/deep/b.md") == ["AN101"])
        client.open(shop / "run.sh")
        await fix(client, shop / "run.sh", "Put back everything outside the task: 2 files")
        assert [(shop / path).read_text() for path in paths] == ["before\n"] * 3


async def test_ten_thousand_files_at_once_neither_flood_nor_swell(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        contract = shop / (await started(client, "shop/**"))["path"]
        before = len(client.notifications)
        script = "import os\nfor n in range(10000):\n    os.makedirs(f'web/{n % 100}', exist_ok=True); open(f'web/{n % 100}/{n}.js', 'w').write('x')"
        subprocess.run([sys.executable, "-c", script], cwd=shop, check=True)
        await client.wait_for(lambda: "10,000 files written together" in said(client, contract), timeout=120)
        published = [each for each in client.notifications[before:] if "publishDiagnostics" in each["method"]]
        assert sum(len(each["params"]["diagnostics"]) for each in published) < 1_000
        assert memory_of(client) < 700 << 20
        await fix(client, contract, "Put these 10,000 files back")
        await client.wait_for(lambda: codes(client, contract) == [], timeout=120)
        assert not (shop / "web").exists()


def memory_of(client: LspClient) -> int:
    pages = int(Path(f"/proc/{client.process.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def test_findings_are_told_again_once_the_editor_has_reread_the_file(shop: Path) -> None:  # noqa: F811
    script = shop / "run.sh"
    async with LspClient.start(shop) as client:

        def told() -> int:
            return sum(each["params"].get("uri") == uri_of(script) for each in client.notifications)

        await started(client, "shop/**")
        client.open(script)
        script.write_text("changed\n" + script.read_text())
        await client.wait_for(lambda: codes(client, script))
        before = told()
        change = {
            "textDocument": {"uri": uri_of(script), "version": 2},
            "contentChanges": [{"text": script.read_text()}],
        }
        client.notify("textDocument/didChange", change)
        await client.wait_for(lambda: told() > before)
        before = told()
        change = {"textDocument": {"uri": uri_of(script), "version": 3}, "contentChanges": [{"text": "typed"}]}
        client.notify("textDocument/didChange", change)
        await client.command("autonav.check", {})
        await asyncio.sleep(0.6)
        assert told() == before, "the editor moves what it shows while a person types"
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(script)}})
        await client.wait_for(lambda: told() > before)
        client.open(script)
        await client.wait_for(lambda: told() > before + 1)
