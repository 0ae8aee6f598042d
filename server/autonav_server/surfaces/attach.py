"""Asking a running server: a JSON-RPC client on its Unix socket.

Imports neither pygls nor lsprotocol nor pydantic: what answers is already running.
"""

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jsonrpc_base

from autonav_protocol import errors
from autonav_protocol.errors import AutonavError, BadRequest, Internal, Unavailable

TIMEOUT_SECONDS = 600


class Client(jsonrpc_base.Server):
    """A connection to one server; messages are framed by Content-Length."""

    def __init__(self, path: str, on_notification: Callable[[str, Any], None] | None = None) -> None:
        super().__init__()
        self._on_notification = on_notification
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT_SECONDS)
        try:
            self._socket.connect(path)
        except OSError as error:
            raise Unavailable("no server runs for this worktree", "open it in an editor with AutoNav") from error
        self._file = self._socket.makefile("rwb")

    def send_message(self, message: jsonrpc_base.Request) -> Any:
        """Send a request and return its result; notifications that come first are passed on."""
        body = message.serialize().encode()
        self._file.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._file.flush()
        while message.response_id is not None:
            received = self._receive()
            if "method" in received and "id" not in received:
                if self._on_notification is not None:
                    self._on_notification(received["method"], received.get("params"))
            elif received.get("id") == message.response_id:
                return message.parse_response(received)
        return None

    def close(self) -> None:
        """Leave."""
        self._file.close()
        self._socket.close()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while header := self._file.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self._file.read(length)
        if not body:
            raise Unavailable("the server closed the connection")
        return json.loads(body)


def call(
    path: str, method: str, params: Mapping[str, Any], on_notification: Callable[[str, Any], None] | None = None
) -> Any:
    """Return the result of one request; the server's errors are raised as ours, by their code."""
    client = Client(path, on_notification)
    try:
        return client.send_message(jsonrpc_base.Request(method, dict(params), 1))
    except jsonrpc_base.ProtocolError as error:
        raise _error(error) from error
    except (OSError, jsonrpc_base.TransportError) as error:
        raise Unavailable(f"the server does not answer: {error}") from error
    finally:
        client.close()


def main(argv: Sequence[str]) -> int:
    """Run `autonav attach [--socket PATH] VERB [WORD] [JSON]` and return its exit code."""
    words = list(argv)
    if not words or words[0] in ("-h", "--help"):
        print(
            "usage: autonav attach [--socket PATH] VERB [JSON]\n\nAsk the server that an editor runs for this worktree."
        )
        return 0
    try:
        path = _socket_path(words)
        params = json.loads(words.pop()) if words and words[-1].startswith("{") else {}
        if not words:
            raise BadRequest("no verb given", "for instance: autonav attach status")
        result = call(path, "autonav/" + "/".join(words), {"worktree": os.getcwd(), **params})
    except ValueError as error:
        return _failed(BadRequest(f"the parameters are not JSON: {error}"))
    except AutonavError as error:
        return _failed(error)
    print(json.dumps(result, indent=2))
    return 0


def _socket_path(words: list[str]) -> str:
    if words[0] == "--socket":
        if len(words) < 2:
            raise BadRequest("--socket needs a path")
        path = words[1]
        del words[:2]
        return path
    from autonav_server.worktree.paths import find_root, socket_path

    return socket_path(find_root(os.getcwd()))


def _error(error: jsonrpc_base.ProtocolError) -> AutonavError:
    code, message = (int(error.args[0]), str(error.args[1])) if len(error.args) > 1 else (0, str(error))
    kinds = {
        kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AutonavError)
    }
    return kinds.get(code, Internal)(message)


def _failed(error: AutonavError) -> int:
    print(f"autonav: {error}", file=sys.stderr)
    return 2
