"""The fence through the whole server: real processes, real git, no editor."""

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autonav_server.surfaces.attach import call
from autonav_server.worktree.paths import socket_path
from support.client import CAPABILITIES, LspClient, ResponseError, uri_of
from support.shop import git, shop  # noqa: F401


def said(client: LspClient, path: Path) -> str:
    return "\n".join(each["message"] for each in client.diagnostics.get(uri_of(path), []))


async def started(client: LspClient, *edit: str) -> dict[str, Any]:
    return await client.command("autonav.start", {"task": "mend the cart", "edit": list(edit)})


def codes(client: LspClient, path: Path) -> list[str]:
    return [each["code"] for each in client.diagnostics.get(uri_of(path), [])]


async def fix(client: LspClient, path: Path, title: str) -> Any:
    """Take the action with this title of the findings of a file, as an editor does."""
    found = client.diagnostics[uri_of(path)]
    asked = {"textDocument": {"uri": uri_of(path)}, "range": found[0]["range"], "context": {"diagnostics": found}}
    actions = await client.request("textDocument/codeAction", asked)
    chosen = next(action for action in actions if action["title"].startswith(title))
    return await client.request("workspace/executeCommand", chosen["command"])


async def test_a_shell_write_outside_is_found_put_back_and_brought_again(shop: Path) -> None:  # noqa: F811
    docs = shop / "docs.md"
    before = docs.read_bytes()
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        subprocess.run("printf 'mine\\n' >> docs.md && chmod 600 docs.md", shell=True, cwd=shop, check=True)
        await client.wait_for(lambda: codes(client, docs) == ["AN101"])
        diagnostic = client.diagnostics[uri_of(docs)][0]
        assert diagnostic["severity"] == 1
        assert diagnostic["source"] == "autonav"
        assert diagnostic["relatedInformation"][0]["location"]["uri"].endswith(".autonav/tasks/mend-the-cart.toml")
        assert (
            Path(diagnostic["codeDescription"]["href"].removeprefix("file://")).read_text("utf-8").startswith("# AN101")
        )
        changed = docs.read_bytes()
        await fix(client, docs, "Put this file back")
        assert docs.read_bytes() == before
        await client.wait_for(lambda: codes(client, docs) == [])
        await client.command("autonav.undo", {})
        assert docs.read_bytes() == changed
        await client.wait_for(lambda: codes(client, docs) == ["AN101"])


async def test_allow_clears_and_is_recorded_and_announced(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        (shop / "odd [name]*.txt").write_text("x")
        await client.wait_for(lambda: codes(client, shop / "odd [name]*.txt"))
        await fix(client, shop / "odd [name]*.txt", "Allow this file")
        await client.wait_for(lambda: codes(client, shop / "odd [name]*.txt") == [])
        assert any(
            "granted" in each["params"]["message"]
            for each in client.notifications
            if "message" in each.get("params", {})
        )
        kinds = [each["kind"] for each in (await client.command("autonav.log", {}))["records"]]
        assert "grant.scope add" in kinds
        assert (await client.command("autonav.log.verify", {}))["integrity"] is True


async def test_deleted_links_modes_and_new_files_are_put_back_exactly(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        (shop / "docs.md").unlink()
        (shop / "run.sh").chmod(0o644)
        (shop / "new").mkdir()
        (shop / "new/file.txt").write_text("new")
        (shop / "tests/test_cart.py").unlink()
        (shop / "tests/test_cart.py").symlink_to("/etc/passwd")
        await client.wait_for(lambda: len([each for found in client.diagnostics.values() for each in found]) == 4)
        findings = (await client.command("autonav.check", {}))["findings"]
        paths = [each["path"] for each in findings]
        assert paths == ["docs.md", "new/file.txt", "run.sh", "tests/test_cart.py"]
        expected = {path: image for each in findings for path, image in each["fixes"][0]["params"]["expected"].items()}
        await client.command("autonav.put-back", {"paths": paths, "expected": expected})
        assert (shop / "docs.md").read_bytes().startswith(b"\xef\xbb\xbfCRLF\r\n\x0c")
        assert stat.S_IMODE((shop / "run.sh").stat().st_mode) == 0o755
        assert not (shop / "new").exists()
        assert not (shop / "tests/test_cart.py").is_symlink()
        assert git(shop, "status", "--porcelain") == ""
        await client.wait_for(lambda: not any(client.diagnostics.values()))


async def test_put_back_is_refused_when_the_world_moved(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        (shop / "docs.md").write_text("one")
        await client.wait_for(lambda: codes(client, shop / "docs.md"))
        finding = client.diagnostics[uri_of(shop / "docs.md")][0]
        (shop / "docs.md").write_text("two")
        params = finding["data"]["fixes"][0]["params"]
        with pytest.raises(ResponseError, match="has changed since you looked") as error:
            await client.command("autonav.put-back", {**params, "worktree": str(shop)})
        assert error.value.code == 1002
        assert error.value.data == {"next_step": "look at it again"}
        assert (shop / "docs.md").read_text() == "two"


async def test_paths_that_lead_outside_are_refused(shop: Path, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "outside.txt").write_text("mine")
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        (shop / "link").symlink_to(tmp_path)
        for path in ("../outside.txt", "/etc/passwd", "link/outside.txt"):
            with pytest.raises(ResponseError, match="outside"):
                await client.command("autonav.put-back", {"paths": [path]})
    assert (tmp_path / "outside.txt").read_text() == "mine"


async def test_an_edited_contract_decides_only_once_accepted(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        contract = shop / (await started(client, "shop/**"))["path"]
        (shop / "docs.md").write_text("agent")
        await client.wait_for(lambda: codes(client, shop / "docs.md"))
        contract.write_text(contract.read_text().replace("shop/**", "**"))
        await client.wait_for(lambda: codes(client, contract) == ["AN109"])
        assert codes(client, shop / "docs.md") == ["AN101"]
        await fix(client, contract, "Accept")
        await client.wait_for(lambda: not any(client.diagnostics.values()))
        assert git(shop, "status", "--porcelain") == " M docs.md\n"


async def test_what_was_mine_at_the_start_stays_mine(shop: Path) -> None:  # noqa: F811
    (shop / "docs.md").write_text("mine\n")
    (shop / "untracked.txt").write_text("mine too\n")
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        (shop / "docs.md").write_text("mine\nand the agent's\n")
        await client.wait_for(lambda: codes(client, shop / "docs.md"))
        git(shop, "commit", "-qam", "hidden?")
        await client.command("autonav.put-back", {"paths": ["docs.md"]})
        assert (shop / "docs.md").read_text() == "mine\n"
        assert (await client.command("autonav.check", {}))["findings"] == []


async def test_many_files_are_capped_with_one_summary(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        asked = {"task": "t", "edit": ["shop/**"], "never": ["f*.txt"], "files": 0}
        path = (await client.command("autonav.start", asked))["path"]
        for number in range(500):
            (shop / f"f{number:03}.txt").write_text("x")

        def shown() -> list[Any]:
            return [each for found in client.diagnostics.values() for each in found]

        def summed_up() -> bool:
            return len(shown()) == 201 and any("300 more findings" in each["message"] for each in shown())

        await client.wait_for(summed_up)
        await fix(client, shop / path, "Put these 300 files back")
        await client.wait_for(lambda: len(shown()) == 200)
        assert len(list(shop.glob("f*.txt"))) == 200


async def test_what_one_command_wrote_is_one_finding(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        contract = shop / (await started(client, "shop/**"))["path"]
        script = "for n in $(seq 200); do mkdir -p web/$((n % 7)); echo x > web/$((n % 7))/$n.js; done; rm docs.md"
        subprocess.run(["sh", "-c", script], cwd=shop, check=True)
        await client.wait_for(lambda: "200 files" in said(client, contract) and codes(client, shop / "docs.md") == [])
        await fix(client, contract, "Put these 200 files back")
        await client.wait_for(lambda: codes(client, contract) == ["AN101"])
        assert not (shop / "web").exists()
        subprocess.run(["sh", "-c", script], cwd=shop, check=False)
        await client.wait_for(lambda: "200 files" in said(client, contract))
        await fix(client, contract, "Allow what this command wrote: 200 files")
        await client.wait_for(lambda: codes(client, contract) == ["AN101"])
        assert "docs.md" in said(client, contract)
        assert "generated = [" in contract.read_text()


async def test_two_worktrees_in_one_editor_do_not_mix(shop: Path, tmp_path: Path) -> None:  # noqa: F811
    plain = tmp_path / "no git"
    plain.mkdir()
    (plain / "a.txt").write_text("a")
    async with LspClient.start(shop) as client:
        event = {"added": [{"uri": uri_of(plain), "name": "p"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        await client.wait_for(
            lambda: any(
                each["params"].get("root") == str(plain)
                for each in client.notifications
                if each["method"] == "autonav/status"
            )
        )
        with pytest.raises(ResponseError, match="2 worktrees are open"):
            await client.command("autonav.status", {})
        for root in (shop, plain):
            await client.command("autonav.start", {"task": "t", "edit": ["none"], "worktree": str(root)})
        (plain / "a.txt").write_text("b")
        await client.wait_for(lambda: codes(client, plain / "a.txt"))
        await client.command("autonav.put-back", {"paths": ["a.txt"], "worktree": str(plain)})
        assert (plain / "a.txt").read_text() == "a"
        assert (await client.command("autonav.check", {"worktree": str(shop)}))["findings"] == []


async def test_settings_are_pulled_and_reloaded_and_guards_only_tighten(shop: Path) -> None:  # noqa: F811
    (shop / "autonav.toml").write_text("[complexity]\nlens_threshold = 2\nlens_percentile = 0\n")
    async with LspClient.start(shop) as client:
        uri = client.open(shop / "shop/cart.py")

        async def lenses() -> list[str]:
            found = await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
            return [each["command"]["title"] for each in found]

        assert await lenses() == ["cognitive 3 · cyclomatic 3"]
        client.settings = {"complexity": {"lens_threshold": 1}, "protected": ["docs.md", "!LICENSE*"], "unknown": 1}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        await client.wait_for(
            lambda: len([each for each in client.requests if each["method"] == "workspace/configuration"]) > 1
        )
        for _ in range(100):
            if len(await lenses()) == 2:
                break
        assert len(await lenses()) == 2
        await client.command("autonav.start", {"task": "t", "edit": ["**"]})
        (shop / "docs.md").write_text("x")
        (shop / "LICENSE").write_text("x")
        await client.wait_for(lambda: codes(client, shop / "docs.md") and codes(client, shop / "LICENSE"))
        assert codes(client, shop / "docs.md") + codes(client, shop / "LICENSE") == ["AN105", "AN105"]


async def test_a_second_client_shares_the_state_and_disturbs_nothing(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        path = socket_path(str(shop))
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        answers = await asyncio.gather(*(asyncio.to_thread(call, path, "autonav/status", {}) for _ in range(5)))
        assert {answer["slug"] for answer in answers} == {"mend-the-cart"}
        with pytest.raises(Exception, match="method not found|Method Not Found|not offered|autonav/start"):
            await asyncio.to_thread(call, path, "autonav/start", {"task": "x", "edit": ["**"]})
        with pytest.raises(Exception, match="Extra inputs"):
            await asyncio.to_thread(call, path, "autonav/status", {"nope": 1})
        said = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "autonav_server.main", "attach", "status", cwd=shop, stdout=asyncio.subprocess.PIPE
        )
        assert b'"slug": "mend-the-cart"' in (await said.communicate())[0]
        assert (await client.command("autonav.status", {}))["slug"] == "mend-the-cart"
    assert not os.path.exists(path)


async def test_unsaved_text_is_replaced_in_the_editor(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        await started(client, "nothing")
        before = (shop / "shop/cart.py").read_text()
        (shop / "shop/cart.py").write_text("agent\n")
        client.open(shop / "shop/cart.py", "typed, not saved\n")
        await client.wait_for(lambda: codes(client, shop / "shop/cart.py"))
        await client.command("autonav.put-back", {"paths": ["shop/cart.py"]})
        await client.wait_for(lambda: [each for each in client.requests if each["method"] == "workspace/applyEdit"])
        edit = next(each for each in client.requests if each["method"] == "workspace/applyEdit")
        assert edit["params"]["edit"]["documentChanges"][0]["edits"][0]["newText"] == before


BROKEN = "task = 't'\n[scope]\nedits = []\n"


async def opened_contract(client: LspClient, path: Path) -> None:
    item = {"uri": uri_of(path), "languageId": "toml", "version": 1, "text": BROKEN}
    client.notify("textDocument/didOpen", {"textDocument": item})


async def test_what_is_wrong_in_an_open_contract_is_pushed_to_clients_that_do_not_pull(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        contract = shop / (await started(client, "shop/**"))["path"]
        await opened_contract(client, contract)
        await client.wait_for(lambda: codes(client, contract) == ["AN901"])
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri_of(contract)}})
        await client.wait_for(lambda: codes(client, contract) == [])


async def test_a_client_that_pulls_is_pushed_findings_about_the_tree_alone(shop: Path) -> None:  # noqa: F811
    text = {**CAPABILITIES["textDocument"], "diagnostic": {}}
    async with LspClient.start(shop, capabilities={**CAPABILITIES, "textDocument": text}) as client:
        contract = shop / (await started(client, "shop/**"))["path"]
        await opened_contract(client, contract)
        (shop / "docs.md").write_text("outside\n")
        await client.wait_for(lambda: codes(client, shop / "docs.md"))
        pulled = await client.request("textDocument/diagnostic", {"textDocument": {"uri": uri_of(contract)}})
        assert [each["code"] for each in pulled["items"]] == ["AN901"]
        assert codes(client, contract) == []
        elsewhere = await client.request("textDocument/diagnostic", {"textDocument": {"uri": uri_of(shop / "docs.md")}})
        assert elsewhere["items"] == []


async def test_lenses_hints_and_hovers_of_another_language(tmp_path: Path) -> None:
    hard = "if (a) { for (const x of a) { if (x) { while (x) { if (x) { y(); } } } } }\n"
    source = f"function hard(a) {{ // ö\r\n{hard}}}\r\nconst easy = (a) => a && b;\r\nrun(() => {{ {hard} }});\r\n"
    path = tmp_path / "a.js"
    path.write_text(source, "utf-8", newline="")
    (tmp_path / "autonav.toml").write_text("[complexity]\ninlay_hints = true\n")
    async with LspClient.start(tmp_path) as client:
        uri = client.open(path, language="javascript")
        document = {"textDocument": {"uri": uri}}

        async def lenses() -> list[int]:
            return [each["range"]["start"]["line"] for each in await client.request("textDocument/codeLens", document)]

        assert await lenses() == [], "15 is not above 95 % of the functions of JavaScript elsewhere"
        (tmp_path / "autonav.toml").write_text("[complexity]\ninlay_hints = true\nlens_percentile = 0.8\n")
        assert await lenses() == [0], "the function, and not the one without a name"
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
        hints = await client.request("textDocument/inlayHint", {**document, "range": whole})
        assert [(each["position"]["line"], each["label"]) for each in hints] == [
            (0, "cognitive 15"),
            (3, "cognitive 1"),
        ]
        assert hints[0]["position"]["character"] == len("function hard(a) { // ö")
        asked = {**document, "position": {"line": 0, "character": 3}}
        said = (await client.request("textDocument/hover", asked))["contents"]["value"]
        assert "cognitive 15" in said
        assert "harder to follow than 8" in said
        (tmp_path / "autonav.toml").write_text("[complexity]\nlens = false\n")
        assert await lenses() == []
        assert await client.request("textDocument/inlayHint", {**document, "range": whole}) == []
