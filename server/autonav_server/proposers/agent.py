"""Coding agents that speak the Agent Client Protocol: https://agentclientprotocol.com.

We are the client. The agent reads and writes files through us, which touches no disk, asks us for permission, which
the contract answers, and gets no terminal. An agent may have tools of its own and ignore all that: so it works in a
copy of the checkout that is thrown away, and what it changed there is audited too. It has the person's environment and
rights, for it needs a login of its own, and runs only where a person's settings name it.
"""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, BinaryIO, cast

from autonav_server.confinement import cgroups
from autonav_server.confinement.job import Limits
from autonav_server.confinement.supervise import size_of
from autonav_server.proposer import Answer, Brief, Caps, Proposer, Report, Source, original
from autonav_server.proposing.agent_client import AgentClient
from autonav_server.proposing.briefing import brief_text
from autonav_server.proposing.leftovers import end_marked, new_mark, outside_environment
from autonav_server.proposing.overlay import Overlay
from autonav_server.proposing.programs import program_report
from autonav_server.proposing.throwaway import Throwaway, changes, throwaway

LINE_LIMIT = 50 << 20
GRACE_SECONDS = 0.5
"""How long an agent has, once told to stop, to do so."""

WATCH_SECONDS = 0.5
ENDED = "the agent ended"
MISSING = Report(False, "the Agent Client Protocol's library is not installed", "pip install 'oppie-autonav[agents]'")


def available(source: Source) -> Report:
    """Return whether the library and the agent's program are there."""
    return MISSING if find_spec("acp") is None else program_report(source)


def propose(brief: Brief, source: Source, caps: Caps) -> tuple[Answer, ...]:
    """Ask the agent once and return what it changed."""
    if caps.calls < 1:
        return ()
    with throwaway(brief.checkout, brief.files, brief_text(brief)) as place:
        begun = time.monotonic()
        client = AgentClient(Overlay(brief, place.folder), caps.tokens)
        with open(os.path.join(place.home, "errors"), "w+b") as errors:
            problem = asyncio.run(_session(client, source.argv, place, caps, errors))
        cost = client.cost._replace(calls=1, seconds=time.monotonic() - begun)
        said = client.said
        if problem:
            return (Answer(said=said, problem=problem, cost=cost),)
        found = changes(place)
        changed = {**found.contents, **client.overlay.written}
        if not changed and client.overlay.refused:
            return (Answer(said=said, problem=f"it was not allowed: {client.overlay.refused[0]}", cost=cost),)
        changed = {path: data for path, data in changed.items() if data is None or data != original(brief, path)}
        return (Answer(changed, said, found.problem, cost),)


async def _session(client: AgentClient, argv: Sequence[str], place: Throwaway, caps: Caps, errors: BinaryIO) -> str:
    """Start the agent, ask it, and end it with all that it started; return why its answer is void, "" where it is not.

    What it says on standard error goes to `errors`.
    """
    limits, mark = Limits(), new_mark()
    group = cgroups.make(limits.total_memory_bytes, limits.processes)
    process = None
    try:
        process = await asyncio.create_subprocess_exec(
            *(group.entering(argv) if group else argv),
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            cwd=place.folder,
            env=outside_environment(place.folder, place.brief, mark),
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        problem = await _conversation(client, process, place, caps)
        return problem if problem != ENDED else await _last_words(process, errors)
    except OSError as error:
        return f"the agent does not start: {error}"
    finally:
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        if group is not None:
            group.end()
        end_marked(mark)
        if process is not None:
            await process.wait()


async def _last_words(process: Process, errors: BinaryIO) -> str:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    if process.returncode is None:
        return "the agent does not keep to the protocol"
    errors.seek(0)
    words = errors.read()[-400:].decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
    return f"{ENDED}: {words}" if words else ENDED


async def _conversation(client: AgentClient, process: Process, place: Throwaway, caps: Caps) -> str:
    import acp

    assert process.stdin is not None
    connection = acp.connect_to_agent(cast("Any", client), process.stdin, process.stdout)
    session: list[str] = []
    asking = asyncio.create_task(_ask(connection, client, place, session))
    stops = {
        asyncio.create_task(client.overspent.wait()): f"the agent used more than {caps.tokens} tokens",
        asyncio.create_task(_wrote_too_much(place.folder)): "the agent wrote too much",
    }
    try:
        done, _ = await asyncio.wait({asking, *stops}, timeout=caps.seconds, return_when=asyncio.FIRST_COMPLETED)
        if asking in done:
            return asking.result()
        if session:
            with contextlib.suppress(Exception):  # it is killed anyway
                await connection.cancel(session_id=session[0])
            await asyncio.wait({asking}, timeout=GRACE_SECONDS)
        return next((stops[task] for task in done if task in stops), f"the agent took more than {caps.seconds:g} s")
    finally:
        tasks = (asking, *stops)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(Exception):  # its pipe may be broken
            await connection.close()


async def _ask(connection: Any, client: AgentClient, place: Throwaway, session: list[str]) -> str:
    import acp
    from acp.schema import ClientCapabilities, FileSystemCapabilities

    files = FileSystemCapabilities(read_text_file=True, write_text_file=True)
    try:
        await connection.initialize(
            protocol_version=acp.PROTOCOL_VERSION, client_capabilities=ClientCapabilities(fs=files, terminal=False)
        )
        opened = await connection.new_session(cwd=place.folder, mcp_servers=[])
        session.append(opened.session_id)
        prompt = [acp.text_block(brief_text(client.overlay.brief))]
        answer = await connection.prompt(session_id=opened.session_id, prompt=prompt)
    except acp.RequestError as error:
        return f"the agent refused: {error}" + (" (log in with the agent itself first)" if error.code == -32000 else "")
    except ConnectionError:
        return ENDED
    except ValueError as error:  # a reply that is none of the protocol
        return f"the agent does not keep to the protocol: {str(error).splitlines()[0]}"
    if answer.usage is not None:
        client.count(answer.usage.input_tokens, answer.usage.output_tokens)
    return "" if answer.stop_reason == "end_turn" else f"the agent stopped early: {answer.stop_reason}"


async def _wrote_too_much(folder: str) -> None:
    """Return once the copy grew by more than what a job may write."""
    at_start = await asyncio.to_thread(size_of, folder)
    while await asyncio.to_thread(size_of, folder) - at_start <= Limits().disk_bytes:
        await asyncio.sleep(WATCH_SECONDS)


PROPOSER = Proposer("agent", available, propose)
