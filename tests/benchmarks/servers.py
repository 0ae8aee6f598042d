"""One client, the same documents, one run: AutoNav, ruff server, pylsp with mccabe, jedi-language-server.

A key is one inserted character and a hover on the same line. What is shown of complexity is up to it when the code
lenses are answered, for AutoNav, which are asked for at once, or when diagnostics come, for the others, which wait of
their own first (pylsp 500 ms, jedi-language-server 1,000). Memory is resident, before EDITS keys without a pause, after
a tenth of them and after all.
"""

import asyncio
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.client import LspClient, uri_of

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


@dataclass
class Served:
    """What one server took: seconds to start, to open, for each key and until what is shown is up to it, and MB."""

    initialize: float
    opened: float = 0.0
    keys: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    before: float = 0.0
    warm: float = 0.0
    after: float = 0.0


def rows() -> Iterator[str]:
    """Yield one row for each server that is installed: milliseconds, and megabytes."""
    yield f"{'':<22}{'initialize':>11}{'open':>8}{'key p50':>9}{'key p95':>9}{'shown p50':>10}{'MB':>7}{'MB after':>10}"
    for name in SERVERS:
        if not installed(name):
            yield f"{name:<22}not installed"
            continue
        found = served(name)
        keys, shown = sorted(found.keys), statistics.median(found.shown)
        yield (
            f"{name:<22}{found.initialize * 1000:>11.0f}{found.opened * 1000:>8.0f}{statistics.median(keys) * 1000:>9.1f}"
            f"{keys[int(len(keys) * 0.95)] * 1000:>9.1f}{shown * 1000:>10.1f}{found.before:>7.0f}{found.after:>10.0f}"
        )


def installed(name: str) -> bool:
    """Return whether this environment has a server."""
    return shutil.which(SERVERS[name][0], path=BIN) is not None


def served(name: str, *, keys: int = KEYS, edits: int = EDITS) -> Served:
    """Return what a server of SERVERS took; with no keys and no edits it is only started."""
    program, *arguments = SERVERS[name]
    with tempfile.TemporaryDirectory() as folder:
        command = (str(BIN / program), *arguments)
        return asyncio.run(_measured(Path(folder), command, keys, edits, lenses=name == "AutoNav"))


async def _measured(root: Path, command: tuple[str, ...], keys: int, edits: int, *, lenses: bool) -> Served:
    path = root / "large.py"
    path.write_bytes(large())
    (root / "ruff.toml").write_text('lint.select = ["C901"]\n')
    started = time.perf_counter()
    async with LspClient.start(command=command, initialize=False) as client:
        await client.initialize(root, CAPABILITIES, {"settings": {"lint": {"select": ["C901"]}, "logLevel": "error"}})
        found = Served(time.perf_counter() - started)
        if not keys + edits:
            client.process.kill()
            await client.process.wait()
            return found
        client.notify("workspace/didChangeConfiguration", {"settings": ONLY_MCCABE})
        started = time.perf_counter()
        shown = Shown(client, uri_of(path), lenses=lenses)
        uri = client.open(path)
        line = path.read_text().count("\n") // 2
        hover = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 1}}
        await client.request("textDocument/hover", hover)
        await shown.next()
        found.opened = time.perf_counter() - started
        version = 1
        for _ in range(keys):
            version += 1
            started = time.perf_counter()
            key(client, uri, version, line)
            await client.request("textDocument/hover", hover)
            found.keys.append(time.perf_counter() - started)
            await shown.next()
            found.shown.append(time.perf_counter() - started)
            await asyncio.sleep(0.02)
        found.before = megabytes(client.process.pid)
        for number in range(edits):
            version += 1
            key(client, uri, version, line)
            if number % 500 == 0:
                await client.request("textDocument/hover", hover)
            if number == edits // 10:
                await client.request("textDocument/hover", hover)
                found.warm = megabytes(client.process.pid)
        await client.request("textDocument/hover", hover)
        found.after = megabytes(client.process.pid)
        client.process.kill()  # some do not end when they are told to
        await client.process.wait()
    return found


class Shown:
    """Waits until what a server shows of a file is up to the last change: its code lenses, or its next diagnostics."""

    def __init__(self, client: LspClient, uri: str, *, lenses: bool) -> None:
        self.client, self.uri, self.lenses = client, uri, lenses
        self.seen = 0

    async def next(self) -> None:
        if self.lenses:
            await self.client.request("textDocument/codeLens", {"textDocument": {"uri": self.uri}})
            return
        await self.client.wait_for(lambda: self._published() > self.seen)
        self.seen = self._published()

    def _published(self) -> int:
        return sum(
            each["method"] == "textDocument/publishDiagnostics" and each["params"]["uri"] == self.uri
            for each in self.client.notifications
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
