"""A language client for tests: real pipes, real framing, every message kept."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

SERVER = (sys.executable, "-m", "autonav_server.main", "lsp")
TIMEOUT = 60.0

CAPABILITIES: Mapping[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "applyEdit": True,
        "codeLens": {"refreshSupport": True},
        "didChangeConfiguration": {"dynamicRegistration": True},
    },
    "textDocument": {
        "codeAction": {"resolveSupport": {"properties": ["edit"]}, "dataSupport": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True, "dataSupport": True},
    },
}


class ResponseError(Exception):
    """The server answered with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code, self.message, self.data = error["code"], error["message"], error.get("data")


class LspClient:
    """One server process and the conversation with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.notifications: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.settings: Mapping[str, Any] | None = None
        self.answers: dict[str, Any] = {}
        self._next = 0
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        root: str | os.PathLike[str] | None = None,
        *,
        command: tuple[str, ...] = SERVER,
        capabilities: Mapping[str, Any] = CAPABILITIES,
        options: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        initialize: bool = True,
        process_id: int | None = None,
    ) -> Any:
        """Start a server, initialize it on a folder, and shut it down at the end; it must end with code 0."""
        client = cls(
            await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, **(env or {})},
                limit=64 << 20,
            )
        )
        try:
            if initialize:
                await client.initialize(root, capabilities, options, process_id)
            yield client
            if client.process.returncode is None and not client._reading.done():
                await client.stop()
        finally:
            if client.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    client.process.kill()
                await client.process.wait()
            client._reading.cancel()

    async def initialize(
        self, root: Any, capabilities: Mapping[str, Any], options: Any = None, process_id: int | None = None
    ) -> Any:
        """Do the handshake."""
        uri = uri_of(root) if root is not None else None
        result = await self.request(
            "initialize",
            {
                "processId": process_id,
                "rootUri": uri,
                "capabilities": capabilities,
                "initializationOptions": options,
                "workspaceFolders": [{"uri": uri, "name": "w"}] if uri else None,
            },
        )
        self.notify("initialized", {})
        return result

    async def stop(self) -> None:
        """Shut the server down by the specification; it must end with code 0."""
        await self.request("shutdown")
        self.notify("exit")
        assert await asyncio.wait_for(self.process.wait(), TIMEOUT) == 0

    def send(self, message: Any) -> None:
        """Send any JSON value as a message."""
        self.send_bytes(json.dumps(message).encode())

    def send_bytes(self, body: bytes) -> None:
        """Send a body with its header."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, **({} if params is None else {"params": params})})

    def ask(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; return its id and the future of its result."""
        self._next += 1
        future = asyncio.get_running_loop().create_future()
        self._pending[self._next] = future
        self.send(
            {"jsonrpc": "2.0", "id": self._next, "method": method, **({} if params is None else {"params": params})}
        )
        return self._next, future

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and return its result; raises ResponseError."""
        return await asyncio.wait_for(self.ask(method, params)[1], TIMEOUT)

    async def command(self, command: str, params: Any) -> Any:
        """Execute a command with one argument."""
        return await self.request("workspace/executeCommand", {"command": command, "arguments": [params]})

    async def wait_for(self, condition: Callable[[], Any], timeout: float = TIMEOUT) -> Any:
        """Wait until a message makes `condition` true, and return what it gave."""

        async def wait() -> Any:
            async with self._changed:
                while not (value := condition()):
                    await self._changed.wait()
                return value

        return await asyncio.wait_for(wait(), timeout)

    def open(
        self, path: str | os.PathLike[str], text: str | None = None, version: int = 1, language: str = "python"
    ) -> str:
        """Open a document and return its URI."""
        if text is None:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
        uri = uri_of(path)
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    async def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            while True:
                length = 0
                while (header := await self.process.stdout.readline()) not in (b"\r\n", b""):
                    name, _, value = header.partition(b":")
                    assert name in (b"Content-Length", b"Content-Type"), f"not a header: {header!r}"
                    if name == b"Content-Length":
                        length = int(value)
                if not header:
                    return
                await self._take(json.loads(await self.process.stdout.readexactly(length)))
        finally:
            for future in self._pending.values():
                if not future.done():
                    future.set_exception(EOFError("the server closed its output"))

    async def _take(self, message: dict[str, Any]) -> None:
        async with self._changed:
            if "method" in message and "id" in message:
                self.requests.append(message)
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": self._answer(message)})
            elif "method" in message:
                self.notifications.append(message)
                if message["method"] == "textDocument/publishDiagnostics":
                    self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            else:
                self.notifications.append(message) if message.get("id") is None else self._resolve(message)
            self._changed.notify_all()

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] in self.answers:
            return self.answers[message["method"]]
        if message["method"] == "workspace/configuration":
            return [self.settings for _ in message["params"]["items"]]
        return (
            {"success": True, "applied": True}
            if message["method"] in ("window/showDocument", "workspace/applyEdit")
            else None
        )

    def _resolve(self, message: dict[str, Any]) -> None:
        future = self._pending.pop(message["id"], None)
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(ResponseError(message["error"]))
        else:
            future.set_result(message.get("result"))


def uri_of(path: Any) -> str:
    """Return the file URI of a path."""
    from autonav_server.lsp.diagnostics import uri_of as uri

    return uri(os.fspath(path))
