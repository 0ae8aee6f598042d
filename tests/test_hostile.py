"""Hostile messages and files: the server lives, every request is answered, no file changes."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

from autonav_protocol import operations
from autonav_protocol.collect import collect
from autonav_protocol.operation import Operation
from support.client import LspClient, ResponseError
from support.shop import shop, standing  # noqa: F401

MESSAGES = 200
METHODS = (
    "textDocument/hover", "textDocument/codeLens", "textDocument/codeAction", "codeAction/resolve",
    "workspace/executeCommand", "workspace/symbol", "initialize", "textDocument/didOpen", "textDocument/didChange",
    "textDocument/didClose", "textDocument/didSave", "workspace/didChangeConfiguration",
    "workspace/didChangeWorkspaceFolders", "window/workDoneProgress/cancel", "$/setTrace", "nonsense", "", "../x",
    "autonav/status/../../x",
)  # fmt: skip
HARMLESS = (
    "status",
    "check",
    "explain",
    "complexity",
    "route",
    "candidates",
    "show",
    "log",
    "log verify",
    "apply",
    "undo",
)


def value(rng: random.Random, root: str, depth: int = 0) -> Any:
    """Return any JSON value, of the kinds that break servers."""
    kinds = [
        lambda: None,
        lambda: rng.choice([True, False]),
        lambda: rng.choice([0, -1, 2**31, 2**63, -(2**64), 1e308, 0.5]),
        lambda: rng.choice(
            ["", "\x00", "\ud800", "a" * 100_000, "file://" + root, "file:///etc/passwd", "\u2028", "../.."]
        ),
    ]
    if depth < 4:
        kinds += [
            lambda: [value(rng, root, depth + 1) for _ in range(rng.randrange(4))],
            lambda: {key: value(rng, root, depth + 1) for key in rng.sample(KEYS, rng.randrange(5))},
        ]
    return rng.choice(kinds)()


KEYS = [
    "textDocument", "uri", "position", "range", "start", "end", "line", "character", "context", "diagnostics", "command",
    "arguments", "contentChanges", "version", "text", "jsonrpc", "id", "method", "params", "worktree", "paths", "expected",
    "candidate", "data", "fixes", "token", "settings", "event", "added", "removed", "class", "__proto__",
]  # fmt: skip


def message(rng: random.Random, root: str, number: int) -> dict[str, Any]:
    names = [operation.words for operation in collect(operations, "OPERATION", Operation).values()]
    harmless = [name for name in names if name in HARMLESS]
    method = rng.choice([*METHODS, *(f"autonav/{name.replace(' ', '/')}" for name in harmless)])
    params = value(rng, root)
    if method == "workspace/executeCommand" and rng.random() < 0.7:
        command = "autonav." + rng.choice(harmless).replace(" ", ".")
        params = {"command": command, "arguments": [value(rng, root) for _ in range(rng.randrange(3))]}
    return {"jsonrpc": "2.0", "id": f"hostile-{number}", "method": method, "params": params}


async def test_200_hostile_messages_are_answered_and_change_nothing(shop: Path) -> None:  # noqa: F811
    rng = random.Random(20_26)
    before = standing(shop)
    async with LspClient.start(shop) as client:
        await client.wait_for(lambda: any(each["method"] == "autonav/status" for each in client.notifications))
        answered: set[str] = set()
        client._resolve = lambda reply: answered.add(reply["id"])
        wanted = set()
        for number in range(MESSAGES):
            sent = message(rng, str(shop), number)
            wanted.add(sent["id"])
            client.send(sent)
        await client.wait_for(lambda: wanted <= answered)
        del client._resolve
        assert (await client.command("autonav.status", {}))["root"] == str(shop)
    assert standing(shop) == before


async def test_hostile_files_are_measured_or_named(shop: Path) -> None:  # noqa: F811
    files = {
        b"empty.py": b"",
        b"binary.py": bytes(range(256)) * 64,
        b"not-utf8-\xff.py": b"def f():\n    return '\xff'\n",
        b"crlf.py": b"def f(a):\r\n    if a:\r\n        return 1\r\n",
        b"form-feed.py": b"def f():\n    pass\n\x0c\ndef g():\n    pass\n",
        b"deep.py": b"x = " + b"(" * 3000 + b")" * 3000 + b"\n",
        b"long.py": b"def f():\n" + b"    x = 1\n" * 100_000,
        b"broken.py": b"def f(:\n  if x\n" * 200,
        b"new\nline.py": b"def f(): pass\n",
        b"bom.py": b"\xef\xbb\xbfdef f():\n    pass\n",
    }
    for name, data in files.items():
        (shop / os.fsdecode(name)).write_bytes(data)
    (shop / "loop.py").symlink_to("loop.py")
    (shop / "away.py").symlink_to("/etc/passwd")
    os.mkfifo(shop / "pipe.py")
    before = standing(shop)
    async with LspClient.start(shop) as client:
        measured = await client.command("autonav.complexity", {})
        paths = {each["path"] for each in measured["functions"]}
        assert {"crlf.py", "form-feed.py", "long.py", "new\nline.py", "bom.py", "not-utf8-\udcff.py"} <= paths
        await client.command("autonav.start", {"task": "t", "edit": ["x"]})
        (shop / os.fsdecode(b"not-utf8-\xff.py")).write_bytes(b"changed")
        finding = await client.wait_for(lambda: [each for found in client.diagnostics.values() for each in found])
        assert len(finding) == 1
        await client.command("autonav.put-back", finding[0]["data"]["fixes"][0]["params"])
        for name in ("empty.py", "binary.py", "deep.py", "broken.py", "crlf.py"):
            uri = client.open(shop / name, (shop / name).read_bytes().decode("utf-8", "replace"))
            await client.request("textDocument/codeLens", {"textDocument": {"uri": uri}})
    assert standing(shop) == before


async def test_a_burst_of_typing_and_wild_versions_is_survived(shop: Path) -> None:  # noqa: F811
    rng = random.Random(7)
    async with LspClient.start(shop) as client:
        uri = client.open(shop / "shop/cart.py")
        for version in range(2, 400):
            start = {"line": rng.randrange(40), "character": rng.randrange(60)}
            end = {"line": rng.randrange(40), "character": rng.randrange(60)}
            change = {"range": {"start": start, "end": end}, "text": rng.choice(["", "(", "x\n", "\U0001f600", "\r"])}
            document = {"uri": uri, "version": version if rng.random() < 0.9 else 1}
            client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        asked = [client.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})[1] for _ in range(20)]
        await asyncio.wait_for(asyncio.gather(*asked), 60)
        try:
            await client.request(
                "textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 10**9, "character": 0}}
            )
        except ResponseError as error:
            assert error.code == -32602
