"""What an editor offers in a contract file."""

from pathlib import Path

import pytest

from autonav_server.lsp.contract_document import completions, glob_at, hover, is_contract, locations
from support.client import LspClient, uri_of
from support.shop import shop  # noqa: F401

PATHS = ("docs/a.md", "src/a.py", "src/http/client.py", "src/http/retry.py", "x y.txt")
TEXT = """task = "t"
[scope]
edit = ["src/http/**", "!src/a.py", "scr
  "x\\u0020y.txt"]
symbols = ['src/a.py::f']

[budget]

"""

OFFERED = {
    "keys of the file": ("", 0, 0, {"task", "scope", "budget", "expires", "validate"}),
    "keys of the scope": ("[scope]\n\n", 1, 0, {"edit", "create", "never", "read_only", "generated", "symbols"}),
    "keys of the budget": (TEXT, 7, 0, {"files", "lines", "minutes", "runs"}),
    "the root in an empty string": ('[scope]\nedit = [""]', 1, 9, {"docs/**", "src/**", "x y.txt"}),
    "below a folder": ('[scope]\nedit = ["src/"]', 1, 13, {"src/a.py", "src/http/**"}),
    "after a negation": ('[scope]\nedit = ["!src/h"]', 1, 15, {"src/http/**"}),
    "in a string that is not closed": ('[scope]\nedit = ["doc', 1, 12, {"docs/**"}),
    "nothing in the task": ('task = ""', 0, 8, set()),
    "nothing after a key": ("[scope]\nedit = ", 1, 7, set()),
}


@pytest.mark.parametrize("name", OFFERED)
def test_completion(name: str) -> None:
    text, line, column, expected = OFFERED[name]
    found = {item.label for item in completions(text, line, column, PATHS)}
    assert found >= expected if name == "keys of the file" else found == expected


@pytest.mark.parametrize(
    ("line", "column", "glob"),
    [
        (2, 12, "src/http/**"),
        (2, 28, "!src/a.py"),
        (3, 5, "x y.txt"),
        (4, 15, "src/a.py::f"),
        (0, 9, None),
        (2, 2, None),
    ],
)
def test_the_glob_at_a_place(line: int, column: int, glob: str | None) -> None:
    assert glob_at(TEXT, line, column) == glob


def test_hover_counts_files_and_lines(tmp_path: Path) -> None:
    for path in PATHS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"one\ntwo")
    said = hover(TEXT, 2, 12, str(tmp_path), PATHS)
    assert said is not None
    assert "matches **2 files**, 4 lines" in said
    assert (hover(TEXT, 2, 1, str(tmp_path), PATHS) or "").startswith("`edit`: Files the task may edit")
    assert hover(TEXT, 40, 0, str(tmp_path), PATHS) is None
    assert [each.uri.rpartition("/")[2] for each in locations(TEXT, 2, 12, str(tmp_path), PATHS)] == [
        "client.py", "retry.py",
    ]  # fmt: skip


def test_which_files_are_contracts() -> None:
    assert is_contract(".autonav/tasks/t.toml")
    assert not is_contract("src/.autonav/tasks/t.toml")
    assert not is_contract(".autonav/tasks/t.md")


async def test_in_an_editor(shop: Path) -> None:  # noqa: F811
    async with LspClient.start(shop) as client:
        started = await client.command("autonav.start", {"task": "t", "edit": ["shop/**", "no/such/**"]})
        contract = shop / started["path"]
        text = contract.read_text()
        document = {"uri": uri_of(contract)}
        client.notify(
            "textDocument/didOpen", {"textDocument": {**document, "languageId": "toml", "version": 1, "text": text}}
        )
        await client.wait_for(lambda: client.diagnostics.get(uri_of(contract)))
        assert [each["code"] for each in client.diagnostics[uri_of(contract)]] == ["AN902"]
        line = next(n for n, each in enumerate(text.split("\n")) if "shop/**" in each)
        place = {"textDocument": document, "position": {"line": line, "character": 12}}
        assert "matches **" in (await client.request("textDocument/hover", place))["contents"]["value"]
        assert len(await client.request("textDocument/definition", place)) >= 2
        assert await client.request("textDocument/completion", place)
        line = next(n for n, each in enumerate(text.split("\n")) if each.startswith("task"))
        place = {"textDocument": document, "position": {"line": line, "character": 2}}
        assert "single loop: lower bound" in (await client.request("textDocument/hover", place))["contents"]["value"]
