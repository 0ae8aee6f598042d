"""Work-done progress that the person can cancel."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

Report = Callable[[str, float | None], None]


@contextlib.asynccontextmanager
async def progress(server: LanguageServer, title: str, task: asyncio.Task[object]) -> AsyncIterator[Report]:
    """Show progress while the body runs, and cancel `task` when the person says so.

    Nothing is shown until the first report, so work that is done at once stays silent.
    """
    window = server.client_capabilities.window
    token = str(uuid.uuid4())
    begun = asyncio.Event()
    starting: list[asyncio.Task[None]] = []
    latest: list[tuple[str, float | None]] = []
    loop = asyncio.get_running_loop()

    async def begin() -> None:
        with contextlib.suppress(JsonRpcException):
            await server.work_done_progress.create_async(token)
            value = types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0)
            server.work_done_progress.begin(token, value)
            server.work_done_progress.tokens[token].add_done_callback(
                lambda future: task.cancel() if future.cancelled() else None
            )
            begun.set()
            show()

    def show() -> None:
        sentence, share = latest[-1]
        percentage = None if share is None else max(0, min(100, round(share * 100)))
        value = types.WorkDoneProgressReport(message=sentence, percentage=percentage, cancellable=True)
        server.work_done_progress.report(token, value)

    def on_loop(sentence: str, share: float | None) -> None:
        latest[:] = [(sentence, share)]
        if begun.is_set():
            show()
        elif not starting:
            starting.append(loop.create_task(begin()))

    def report(sentence: str, share: float | None) -> None:
        loop.call_soon_threadsafe(on_loop, sentence, share)

    supported = bool(window and window.work_done_progress)
    try:
        yield report if supported else (lambda *_: None)
    finally:
        for each in starting:
            each.cancel()
        if begun.is_set():
            server.work_done_progress.end(token, types.WorkDoneProgressEnd(message=latest[-1][0] if latest else None))
        server.work_done_progress.tokens.pop(token, None)
