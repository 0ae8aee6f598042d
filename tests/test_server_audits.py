"""What the content of a change holds, streamed to an editor."""

from pathlib import Path

from support.client import LspClient
from support.shop import git, shop  # noqa: F401
from test_server import codes, started

LONG = "".join(f"x{number} = {number}\n" for number in range(300))


def long_file(root: Path) -> Path:
    path = root / "shop/long.py"
    path.write_text(LONG)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "long")
    return path


async def test_findings_come_and_go_with_the_content(shop: Path) -> None:  # noqa: F811
    path = long_file(shop)
    async with LspClient.start(shop) as client:
        await started(client, "shop/**")
        path.write_text("x = 1\n")
        await client.wait_for(lambda: "AN304" in codes(client, path))
        path.write_text(LONG)
        await client.wait_for(lambda: "AN304" not in codes(client, path))
        path.unlink()
        contract = shop / ".autonav/tasks/mend-the-cart.toml"
        await client.wait_for(lambda: "AN304" in codes(client, contract))
        await client.command("autonav.finish", {})
        await client.wait_for(lambda: codes(client, contract) == [])


async def test_a_test_whose_assertions_changed_says_so_at_its_line(shop: Path) -> None:  # noqa: F811
    path = shop / "tests/test_cart.py"
    async with LspClient.start(shop) as client:
        await started(client, "**")
        path.write_text(path.read_text().replace("== [1, 2]", "is not None"))
        await client.wait_for(lambda: "AN701" in codes(client, path))
        uri = client.open(path)
        found = await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        commands = [each["command"] for each in found if "assertion" in each["command"]["title"]]
        assert [each["title"] for each in commands] == ["1 assertion changed"]
        assert commands[0]["arguments"][0]["tests"] == ["tests/test_cart.py::test_cheapest"]
        assert commands[0]["arguments"][0]["old_tests"] is True
