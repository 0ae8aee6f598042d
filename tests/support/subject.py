"""A small server in two makes, for showing what the repairs repair: `python subject.py plain|ours`."""

import asyncio
import sys
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from autonav_server.lsp.documents import opened
from autonav_server.lsp.protocol import Protocol
from autonav_server.lsp.stdio import leave, private_stdio, serve

events: list[str] = []


def features(server: LanguageServer, text: Any) -> LanguageServer:
    """Register what the tests ask for."""

    @server.command("long")
    async def long(seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            events.append("cancelled")
            raise
        events.append("finished")
        return "done"

    @server.command("print")
    def stray(_: str) -> None:
        print("a stray print")

    @server.feature("x/events")
    async def told(params: Any) -> dict[str, Any]:
        return {"events": events, "kept": len(server.protocol._request_futures)}

    @server.feature("x/echo")
    async def echo(params: Any) -> Any:
        return {"keys": sorted(params) if isinstance(params, dict) else repr(params)}

    @server.feature("x/text")
    async def read(params: Any) -> str:
        return text(server)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> None:
        return None

    return server


def plain() -> None:
    """Serve as pygls does it."""
    server = features(
        LanguageServer("plain", "0"), lambda server: next(iter(server.workspace.text_documents.values())).source
    )
    server.start_io()


def ours() -> None:
    """Serve with the repairs."""
    streams = private_stdio()
    documents: dict[str, Any] = {}

    def create() -> LanguageServer:
        server = LanguageServer("ours", "0", protocol_cls=Protocol)

        @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
        def did_open(params: types.DidOpenTextDocumentParams) -> None:
            documents["it"] = opened(params.text_document, "/x.py")

        @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
        def did_change(params: types.DidChangeTextDocumentParams) -> None:
            encoding = server.server_capabilities.position_encoding
            name = str(getattr(encoding, "value", encoding))
            documents["it"].change(params.text_document.version, params.content_changes, name)

        return features(server, lambda _: documents["it"].source.decode("utf-8", "surrogatepass"))

    async def nothing() -> None:
        return None

    leave(asyncio.run(serve(create, streams, nothing)))


if __name__ == "__main__":
    {"plain": plain, "ours": ours}[sys.argv[1]]()
