"""The protocol of pygls with the repairs that a server which governs edits cannot do without.

Each override names what it repairs; `tests/test_lsp_protocol.py` shows the defect on plain pygls.
"""

import asyncio
import json
import logging
from collections.abc import Generator
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidRequest
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage

from autonav_protocol.errors import AutonavError

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS = -32700, -32600, -32602
MESSAGE_LIMIT = 400
log = logging.getLogger(__name__)


class Protocol(LanguageServerProtocol):
    """pygls, repaired. Bytes come in by `receive`; requests in our own name space stay plain data."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.exit_code: int | None = None
        self._running: dict[Any, asyncio.Task[Any]] = {}
        self._initialized = False

    def receive(self, body: bytes) -> None:
        """Handle one message; whatever is wrong with it, a request is answered.

        Only the top level is structured: pygls's hook takes any nested object with a key
        `jsonrpc` for a message of its own.
        """
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            self._refuse(None, PARSE_ERROR, f"not JSON: {error}")
            return
        if not isinstance(data, dict):
            self._refuse(None, INVALID_REQUEST, "a message is one object; batches are not served")
            return
        identity, method = data.get("id"), data.get("method")
        if "method" in data and not isinstance(method, str):
            self._refuse(identity, INVALID_REQUEST, "method must be a string")
        elif "id" in data and not (isinstance(identity, (int, str)) and not isinstance(identity, bool)):
            self._refuse(None, INVALID_REQUEST, "id must be a number or a string")
        elif isinstance(method, str) and "id" in data and self._shutdown:
            self._refuse(identity, INVALID_REQUEST, "the server is shutting down")
        elif method == types.EXIT:
            self.exit_code = 0 if self._shutdown else 1
        else:
            self._structured(data)

    def _structured(self, data: dict[str, Any]) -> None:
        data.setdefault("jsonrpc", "2.0")
        if "method" in data:
            data.setdefault("params", None)  # JSON-RPC lets params be absent
        try:
            message = self.structure_message(data)
        except RecursionError as error:
            self._refuse(data.get("id"), INVALID_PARAMS, str(error))
        except JsonRpcException as error:
            if "method" in data and "id" in data:
                self._refuse(data["id"], INVALID_PARAMS, str(error.__cause__ or error))
            else:
                log.warning("a message was left out: %s", error.__cause__ or error)
        else:
            self.handle_message(message)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return a message object; methods that LSP does not define keep their params as they came."""
        method = data.get("method")
        if isinstance(method, str) and self.get_message_type(method) is None:
            if "id" in data:
                return JsonRPCRequestMessage(data["id"], method, data["jsonrpc"], data.get("params"))
            return JsonRPCNotification(method, data["jsonrpc"], data.get("params"))
        return super().structure_message(data)

    def _refuse(self, identity: Any, code: int, message: str) -> None:
        self._send_response(identity, error=types.ResponseError(code=code, message=message[:MESSAGE_LIMIT]))

    def _execute_handler(self, msg_id: Any, handler: Any, callback: Any, args: Any = None, kwargs: Any = None) -> None:
        """Forget each future when it is done (pygls keeps one for every notification) and know each request's task."""
        asked = self.msg_id
        super()._execute_handler(msg_id, handler, callback, args, kwargs)
        future = self._request_futures.get(msg_id)
        if future is None:
            return
        future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))
        if isinstance(future, asyncio.Task) and asked is not None:
            self._running[asked] = future
            future.add_done_callback(lambda _: self._running.pop(asked, None))

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        """Cancel the work itself: of `executeCommand` pygls cancels only the wrapper around it."""
        task = self._running.get(msg_id)
        if task is not None and task is not self._request_futures.get(msg_id):
            task.cancel()
        super()._handle_cancel_notification(msg_id)

    def _send_handler_result(self, future: Any, *, msg_id: Any) -> None:
        """Answer our own errors with their code and next step."""
        error = None if future.cancelled() else future.exception()
        if not isinstance(error, AutonavError):
            super()._send_handler_result(future, msg_id=msg_id)
            return
        self._request_futures.pop(msg_id, None)
        data = {"next_step": error.next_step} if error.next_step else None
        self._send_response(msg_id, error=types.ResponseError(code=error.code, message=str(error), data=data))

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Refuse a second initialize, and prefer UTF-8 positions where the client offers them."""
        if self._initialized:
            raise JsonRpcInvalidRequest("the server is initialized already")
        self._initialized = True
        general = params.capabilities.general
        if general is not None and general.position_encodings:
            offered = [str(getattr(each, "value", each)) for each in general.position_encodings]
            preferred = "utf-8" if "utf-8" in offered else "utf-16"
            general.position_encodings = [types.PositionEncodingKind(preferred)]
        return (yield from super().lsp_initialize(params))

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Cancel what runs over a copy of the book: pygls changes it while it reads it, and fails."""
        current = self.msg_id
        for task in list(self._running.values()):
            task.cancel()
        for identity, future in list(self._request_futures.items()):
            if identity != current and not future.done():
                future.cancel()
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield handler, args, None
        self._shutdown = True

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Generator[Any, Any, None]:
        """Leave documents to the server, which keeps bytes: pygls splits lines where LSP does not."""
        yield from self._only_the_handler(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        """Leave documents to the server."""
        yield from self._only_the_handler(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Generator[Any, Any, None]:
        """Leave documents to the server."""
        yield from self._only_the_handler(types.TEXT_DOCUMENT_DID_CLOSE, params)

    def _only_the_handler(self, method: str, params: Any) -> Generator[Any, Any, None]:
        if (handler := self.fm.features.get(method)) is not None:
            yield handler, (params,), None
