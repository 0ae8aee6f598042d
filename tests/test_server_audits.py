"""What the content of a change holds, streamed to an editor."""

from contextlib import closing
from pathlib import Path

from autonav_protocol.settings import Settings
from autonav_protocol.values.finding import Finding, Related, Severity
from autonav_server.auditing.audit import audits
from autonav_server.lsp.diagnostics import diagnostic
from autonav_server.worktree.comparison import compare
from autonav_server.worktree.worktree import open_worktree
from support.client import LspClient
from support.repository import create_repository
from support.shop import git, shop  # noqa: F401
from test_server import codes, started

SHELL = "import subprocess\n\n\ndef run(x):\n    return subprocess.run(x, shell=True)\n"
NEW = "\n\ndef test_new():\n    assert cheapest([3, 1, 2], 1) == [1]\n"
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
        path.write_text(path.read_text().replace("== [1, 2]", "is not None") + NEW)
        await client.wait_for(lambda: "AN701" in codes(client, path))
        uri = client.open(path)
        found = await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
        commands = [each["command"] for each in found if "assertion" in each["command"]["title"]]
        assert [each["title"] for each in commands] == ["1 assertion changed"]
        assert commands[0]["arguments"][0]["tests"] == ["tests/test_cart.py::test_cheapest"]
        assert commands[0]["arguments"][0]["old_tests"] is True
        old = [each["command"] for each in found if each["command"]["title"] == "Run the old test on the new code"]
        assert [each["arguments"][0]["tests"] for each in old] == [["tests/test_cart.py::test_cheapest"]]


def test_a_finding_is_related_to_other_places_than_its_own() -> None:
    here, there = Related("a.toml", 9, "the limit"), Related("b.py", 9, "what uses it")
    over = Finding("AN601", "budget-exceeded", Severity.ERROR, "a.toml", 9, 9, "too much", "1", related=(here, there))
    related = diagnostic("/r", over).related_information or ()
    assert [each.message for each in related] == ["what uses it"]


def test_a_part_of_a_large_change_is_told_at_once_and_corrected_at_the_end(tmp_path: Path) -> None:
    repository = create_repository(tmp_path / "many")
    names = [f"src/m{number:02}.py" for number in range(30)]
    for name in names:
        repository.write(name, "X = 1\n")
    repository.write(names[-2], SHELL)
    repository.commit("start")
    for name in names:
        repository.write(name, "X = 2\n")
    repository.write(names[0], "def run(x):\n    return eval(x)\n")
    repository.write(names[-1], SHELL)
    with closing(open_worktree(str(repository.root))) as worktree:
        change = compare(worktree, Settings(), "HEAD", None, trusted=True).change
        assert change is not None
        told = [
            ([(each.code, each.path) for each in found], share)
            for found, share in audits(worktree, change, first=[names[-1]], streamed=True)
        ]
    first, *others = told
    assert sorted(first[0]) == [("AN302", names[0]), ("AN302", names[-1])]
    assert (len(others), others[-1][1], first[1] < others[0][1] < 1) == (3, 1.0, True)
    assert others[-1][0] == [("AN302", names[0])]  # the shell only moved, from a file that had not been read
