"""A small editor: starts the real server, speaks the protocol, keeps what it is told."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

from autonav_protocol.errors import Internal
from autonav_server.lsp.diagnostics import uri_of
from autonav_server.lsp.framing import read_message

CAPABILITIES = {
    "window": {"workDoneProgress": True},
    "textDocument": {"publishDiagnostics": {"relatedInformation": True, "dataSupport": True}},
}


class Editor:
    """A conversation with one server. `diagnostics` holds what it published, by URI."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.on_progress: Callable[[str], None] = lambda _: None
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def request(self, method: str, params: Any) -> Any:
        """Return the result of a request; raise Internal with the server's words where it fails."""
        identity = len(self._answers) + 1
        self._answers[identity] = asyncio.get_running_loop().create_future()
        self._send({"jsonrpc": "2.0", "id": identity, "method": method, "params": params})
        return await self._answers[identity]

    async def command(self, name: str, **params: Any) -> Any:
        """Execute a command of the server."""
        return await self.request("workspace/executeCommand", {"command": name, "arguments": [params]})

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def open(self, path: str) -> str:
        """Open a document and return its URI."""
        with open(path, encoding="utf-8") as file:
            item = {"uri": uri_of(path), "languageId": "python", "version": 1, "text": file.read()}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return item["uri"]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what the server said makes `condition` true."""
        async with self._changed:
            await self._changed.wait_for(condition)

    def _send(self, message: Any) -> None:
        assert self._process.stdin is not None
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while (body := await read_message(self._process.stdout)) is not None:
            message = json.loads(body)
            async with self._changed:
                self._take(message)
                self._changed.notify_all()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Internal("the server ended"))

    def _take(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params") or {}
        if method is None:
            answer = self._answers[message["id"]]
            if "error" in message:
                answer.set_exception(Internal(message["error"]["message"]))
            else:
                answer.set_result(message.get("result"))
        elif "id" in message:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        elif method == "textDocument/publishDiagnostics":
            self.diagnostics[params["uri"]] = params["diagnostics"]
        elif method == "$/progress" and params["value"].get("message"):
            self.on_progress(params["value"]["message"])


@contextlib.asynccontextmanager
async def editor(folder: str) -> AsyncIterator[Editor]:
    """Start a server on a folder that is trusted, and shut it down at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "autonav_server.main",
        "lsp",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )
    speaking = Editor(process)
    try:
        uri = uri_of(folder)
        await speaking.request(
            "initialize",
            {
                "processId": None,
                "rootUri": uri,
                "capabilities": CAPABILITIES,
                "initializationOptions": {"trusted": True},
                "workspaceFolders": [{"uri": uri, "name": "demo"}],
            },
        )
        speaking.notify("initialized", {})
        yield speaking
        await speaking.request("shutdown", None)
        speaking.notify("exit", None)
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
