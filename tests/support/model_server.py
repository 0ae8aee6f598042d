"""A server on this machine that speaks as OpenAI's and Anthropic's do, and answers as a script says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reaction = Callable[[BaseHTTPRequestHandler, bool], None]
"""Answers one request; the flag says that it is Anthropic's language."""

PATIENCE = 60.0


@dataclass
class Seen:
    """What was asked, in order: path, headers and body."""

    url: str
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)


@contextmanager
def model_server(*reactions: Reaction) -> Iterator[Seen]:
    """Serve with one reaction for each request, the last one for all that follow."""
    waiting = list(reactions)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            reaction = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            try:
                reaction(self, self.path.endswith("/messages"))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen = Seen(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(text: str, stop: str = "", *, counted: bool = True) -> Reaction:
    """Stream a text, 11 tokens in and 7 out where they are counted."""

    def react(handler: BaseHTTPRequestHandler, anthropic: bool) -> None:
        events = _events(text, anthropic, stop)
        _stream(handler, [each for each in events if counted or "completion_tokens" not in each])

    return react


def fails(code: int, body: str = '{"error": {"message": "no", "type": "x"}}') -> Reaction:
    def react(handler: BaseHTTPRequestHandler, anthropic: bool) -> None:
        _plain(handler, code, body, "application/json")

    return react


def says_invalid_json(handler: BaseHTTPRequestHandler, anthropic: bool) -> None:
    _plain(handler, 200, 'event: message_start\ndata: {"id": oh no\n\n', "text/event-stream")


def says_a_page(handler: BaseHTTPRequestHandler, anthropic: bool) -> None:
    _plain(handler, 200, "<html>log in</html>", "text/html")


def cuts(text: str) -> Reaction:
    """Stream the first half of the events and close."""

    def react(handler: BaseHTTPRequestHandler, anthropic: bool) -> None:
        events = _events(text, anthropic, "")
        _stream(handler, events[: len(events) // 2])

    return react


def breaks(text: str) -> Reaction:
    """Promise more bytes than come."""

    def react(handler: BaseHTTPRequestHandler, anthropic: bool) -> None:
        events = _events(text, anthropic, "")
        _head(handler, 200, "text/event-stream", 100_000)
        handler.wfile.write("".join(events[: len(events) // 2]).encode())
        handler.close_connection = True

    return react


def drips(handler: BaseHTTPRequestHandler, anthropic: bool) -> None:
    """Send a comment now and then, so that no single read takes long, until the client goes."""
    _head(handler, 200, "text/event-stream")
    for _ in range(int(PATIENCE / 0.05)):
        handler.wfile.write(b": wait\n\n")
        handler.wfile.flush()
        threading.Event().wait(0.05)


def _events(text: str, anthropic: bool, stop: str) -> list[str]:
    middle = len(text) // 2
    pieces = [text[:middle], text[middle:]]
    if not anthropic:
        base = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        deltas = [{"role": "assistant", "content": pieces[0]}, {"content": pieces[1]}]
        chunks = [{**base, "choices": [{"index": 0, "delta": each, "finish_reason": None}]} for each in deltas]
        chunks.append({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": stop or "stop"}]})
        usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
        chunks.append({**base, "choices": [], "usage": usage})
        return [*(f"data: {json.dumps(each)}\n\n" for each in chunks), "data: [DONE]\n\n"]
    message = {
        "id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 11, "output_tokens": 1},
    }  # fmt: skip
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": each}}
            for each in pieces
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop or "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 7},
        },
        {"type": "message_stop"},
    ]
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events]


def _head(handler: BaseHTTPRequestHandler, code: int, kind: str, length: int | None = None) -> None:
    handler.send_response(code)
    handler.send_header("content-type", kind)
    handler.send_header("retry-after-ms", "1")
    if length is None:
        handler.send_header("connection", "close")
        handler.close_connection = True
    else:
        handler.send_header("content-length", str(length))
    handler.end_headers()


def _stream(handler: BaseHTTPRequestHandler, events: list[str]) -> None:
    _head(handler, 200, "text/event-stream")
    for event in events:
        handler.wfile.write(event.encode())
        handler.wfile.flush()


def _plain(handler: BaseHTTPRequestHandler, code: int, body: str, kind: str) -> None:
    data = body.encode()
    _head(handler, code, kind, len(data))
    handler.wfile.write(data)
