"""One client, the same documents, one run: AutoNav, ruff server, pylsp with mccabe, jedi-language-server.

A key is one inserted character and a hover on the same line; for AutoNav also the code lenses, which need the
measures to be up to the key. Memory is resident, before and after EDITS keys without a pause.
"""

import asyncio
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.client import LspClient

KEYS, EDITS, LINES = 60, 20_000, 10_000
BIN = Path(sys.executable).parent
SERVERS = {
    "AutoNav": ("autonav", "lsp"),
    "ruff server": ("ruff", "server"),
    "pylsp, mccabe": ("pylsp",),
    "jedi-language-server": ("jedi-language-server",),
}
ONLY_MCCABE = {
    "pylsp": {
        "plugins": {
            name: {"enabled": name == "mccabe", "threshold": 1}
            for name in ("mccabe", "pycodestyle", "pyflakes", "autopep8", "yapf", "pydocstyle", "pylint", "flake8")
        }
    }
}


def rows() -> Iterator[str]:
    """Yield one row for each server that is installed: milliseconds, and megabytes."""
    yield f"{'':<22}{'initialize':>11}{'open':>8}{'key p50':>9}{'key p95':>9}{'lens p50':>10}{'MB':>7}{'MB after':>10}"
    for name, argv in SERVERS.items():
        if not shutil.which(argv[0], path=BIN):
            yield f"{name:<22}not installed"
            continue
        with tempfile.TemporaryDirectory() as folder:
            yield f"{name:<22}" + asyncio.run(
                measured(Path(folder), (str(BIN / argv[0]), *argv[1:]), lenses=name == "AutoNav")
            )


async def measured(root: Path, command: tuple[str, ...], *, lenses: bool) -> str:
    """Return the row of one server."""
    path = root / "large.py"
    path.write_bytes(large())
    (root / "ruff.toml").write_text('lint.select = ["C901"]\n')
    started = time.perf_counter()
    async with LspClient.start(command=command, initialize=False) as client:
        await client.initialize(root, CAPABILITIES, {"settings": {"lint": {"select": ["C901"]}}})
        initialize = time.perf_counter() - started
        client.notify("workspace/didChangeConfiguration", {"settings": ONLY_MCCABE})
        started = time.perf_counter()
        uri = client.open(path)
        document = {"textDocument": {"uri": uri}}
        line = path.read_text().count("\n") // 2
        hover = {**document, "position": {"line": line, "character": 1}}
        await client.request("textDocument/hover", hover)
        if lenses:
            await client.request("textDocument/codeLens", document)
        opened = time.perf_counter() - started
        version, keys, fresh = 1, list[float](), list[float]()
        for _ in range(KEYS):
            version += 1
            started = time.perf_counter()
            key(client, uri, version, line)
            await client.request("textDocument/hover", hover)
            keys.append(time.perf_counter() - started)
            if lenses:
                await client.request("textDocument/codeLens", document)
                fresh.append(time.perf_counter() - started)
            await asyncio.sleep(0.02)
        before = megabytes(client.process.pid)
        for number in range(EDITS):
            version += 1
            key(client, uri, version, line)
            if number % 500 == 0:
                await client.request("textDocument/hover", hover)
        await client.request("textDocument/hover", hover)
        after = megabytes(client.process.pid)
        client.process.kill()  # some do not end when they are told to
        await client.process.wait()
    keys.sort()
    lens = f"{statistics.median(fresh) * 1000:>8.1f}" if fresh else f"{'-':>8}"
    return (
        f"{initialize * 1000:>9.0f}{opened * 1000:>10.0f}{statistics.median(keys) * 1000:>9.1f}"
        f"{keys[int(len(keys) * 0.95)] * 1000:>9.1f}{lens:>10}{before:>7.0f}{after:>10.0f}"
    )


CAPABILITIES: dict[str, Any] = {
    "textDocument": {"hover": {}, "codeLens": {}, "publishDiagnostics": {}},
    "workspace": {},
}


def large() -> bytes:
    """Return LINES lines of the standard library."""
    source = b""
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        source += path.read_bytes()
        if source.count(b"\n") > LINES:
            break
    return source


def key(client: LspClient, uri: str, version: int, line: int) -> None:
    at = {"line": line, "character": 0}
    change = {"range": {"start": at, "end": at}, "text": " "}
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
    )


def megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
