"""What the protocol repairs: each test shows the defect on plain pygls, then its absence here.

A test that fails for `plain` says that pygls repaired it, and that our repair can go.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from support.client import CAPABILITIES, LspClient, ResponseError

SUBJECT = str(Path(__file__).parent / "support/subject.py")
MAKES = ["plain", "ours"]
SHORT = 3.0


def start(make: str, **options: Any) -> Any:
    paths = os.pathsep.join(str(Path(__file__).parents[1] / room) for room in ("server", "analysis", "protocol_ext"))
    return LspClient.start(command=(sys.executable, SUBJECT, make), env={"PYTHONPATH": paths}, **options)


async def answered(client: LspClient, method: str, params: Any = None) -> Any:
    """Return the result, the error code, or "no reply"."""
    _, future = client.ask(method, params)
    try:
        return await asyncio.wait_for(future, SHORT)
    except ResponseError as error:
        return error.code
    except (TimeoutError, EOFError):
        return "no reply"


async def ended(client: LspClient) -> None:
    """End a server whose shutdown may be broken."""
    client.process.kill()
    await client.process.wait()


@pytest.mark.parametrize(
    ("name", "text", "position", "wanted"),
    [
        ("form feed", "a\x0cb\nc\n", (1, 0), "a\x0cb\nXc\n"),
        ("line separator", "a\u2028b\nc\n", (1, 0), "a\u2028b\nXc\n"),
        ("file separator", "a\x1cb\nc\n", (1, 0), "a\x1cb\nXc\n"),
    ],
)
@pytest.mark.parametrize("make", MAKES)
async def test_edits_land_where_the_editor_put_them(
    make: str, name: str, text: str, position: Any, wanted: str
) -> None:
    async with start(make) as client:
        uri = client.open("/x.py", text)
        at = {"line": position[0], "character": position[1]}
        change = {"range": {"start": at, "end": at}, "text": "X"}
        client.notify(
            "textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]}
        )
        got = await client.request("x/text", {})
        assert (got == wanted) is (make == "ours")


@pytest.mark.parametrize("make", MAKES)
async def test_notifications_leave_nothing_behind(make: str) -> None:
    async with start(make) as client:
        uri = client.open("/x.py", "a\n")
        zero = {"line": 0, "character": 0}
        for version in range(2, 502):
            change = {"range": {"start": zero, "end": zero}, "text": "x"}
            client.notify(
                "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
            )
        kept = (await client.request("x/events", {}))["kept"]
        assert kept > 500 if make == "plain" else kept < 5


@pytest.mark.parametrize("make", MAKES)
async def test_cancelling_a_command_cancels_its_work(make: str) -> None:
    async with start(make) as client:
        identity, future = client.ask("workspace/executeCommand", {"command": "long", "arguments": [0.5]})
        await client.request("x/events", {})
        client.notify("$/cancelRequest", {"id": identity})
        with pytest.raises(ResponseError) as error:
            await future
        assert error.value.code == -32800
        wanted = "finished" if make == "plain" else "cancelled"
        for _ in range(200):
            if (told := (await client.request("x/events", {}))["events"]) == [wanted]:
                break
        else:
            await asyncio.sleep(1)
            told = (await client.request("x/events", {}))["events"]
        assert told == [wanted]


@pytest.mark.parametrize("make", MAKES)
async def test_shutdown_with_work_in_flight(make: str) -> None:
    async with start(make) as client:
        client.ask("workspace/executeCommand", {"command": "long", "arguments": [30]})
        await client.request("x/events", {})
        assert await answered(client, "shutdown") == (-32603 if make == "plain" else None)
        await ended(client)


@pytest.mark.parametrize(
    ("name", "method", "params"),
    [
        ("malformed params", "textDocument/hover", {"textDocument": 5}),
        ("absent params", "x/events", None),
        ("a nested jsonrpc key", "x/echo", {"inner": {"jsonrpc": "2.0", "method": "exit"}}),
    ],
)
@pytest.mark.parametrize("make", MAKES)
async def test_every_request_is_answered(make: str, name: str, method: str, params: Any) -> None:
    async with start(make) as client:
        got = await answered(client, method, params)
        if name == "malformed params":
            assert got == ("no reply" if make == "plain" else -32602)
        elif name == "absent params":
            assert got == "no reply" if make == "plain" else isinstance(got, dict)
        else:
            assert (got == {"keys": ["inner"]}) is (make == "ours")
        await ended(client)


@pytest.mark.parametrize("make", MAKES)
async def test_a_stray_print_does_not_break_the_stream(make: str) -> None:
    async with start(make) as client:
        client.ask("workspace/executeCommand", {"command": "print", "arguments": [""]})
        got = await answered(client, "x/events", {})
        assert (got == "no reply") is (make == "plain")
        await ended(client)


@pytest.mark.parametrize("make", MAKES)
async def test_exit_without_shutdown_is_code_one(make: str) -> None:
    async with start(make) as client:
        client.notify("exit")
        code = await asyncio.wait_for(client.process.wait(), 10)
        assert code == (0 if make == "plain" else 1)


@pytest.mark.parametrize("make", MAKES)
async def test_the_server_dies_with_the_editor(make: str) -> None:
    editor = await asyncio.create_subprocess_exec("sleep", "1000")
    async with start(make, process_id=editor.pid) as client:
        await client.request("x/events", {})
        editor.send_signal(signal.SIGKILL)
        await editor.wait()
        try:
            await asyncio.wait_for(client.process.wait(), SHORT)
        except TimeoutError:
            assert make == "plain"
        else:
            assert make == "ours"
        await ended(client) if client.process.returncode is None else None


async def test_end_of_input_ends_the_server() -> None:
    async with start("ours") as client:
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert await asyncio.wait_for(client.process.wait(), 10) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"[]", -32600),
        (b"5", -32600),
        (b'{"jsonrpc": "2.0", "id": 7, "method": 5}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "x/events"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 7, "method": "initialize", "params": {"capabilities": {}}}', -32600),
    ],
)
async def test_what_is_no_request_is_refused_and_survived(body: bytes, code: int) -> None:
    async with start("ours") as client:
        refused: list[Any] = []
        client._resolve = refused.append  # ids of our own making
        client.send_bytes(body)

        def found() -> bool:
            return any(each.get("error", {}).get("code") == code for each in [*refused, *client.notifications])

        await client.wait_for(found)
        del client._resolve
        assert "events" in await client.request("x/events", {})


async def test_requests_after_shutdown_are_refused() -> None:
    async with start("ours") as client:
        await client.request("shutdown")
        assert await answered(client, "x/events", {}) == -32600
        client.notify("exit")
        assert await client.process.wait() == 0


async def test_positions_prefer_utf8_where_offered() -> None:
    for offered, chosen in ((["utf-16", "utf-8"], "utf-8"), (["utf-32", "utf-16"], "utf-16"), (None, "utf-16")):
        capabilities = {**CAPABILITIES, "general": {"positionEncodings": offered} if offered else {}}
        async with start("ours", initialize=False) as client:
            result = await client.initialize(None, capabilities)
            assert result["capabilities"]["positionEncoding"] == chosen


async def test_broken_framing_ends_the_server() -> None:
    async with start("ours") as client:
        assert client.process.stdin is not None
        client.process.stdin.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await asyncio.wait_for(client.process.wait(), 10) == 1
