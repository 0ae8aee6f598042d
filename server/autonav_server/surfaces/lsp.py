"""The language server: each operation is a command and a request, findings are diagnostics."""

import argparse
import asyncio
import contextlib
import gc
import logging
from collections.abc import Sequence

from autonav_server.lsp.stdio import leave, private_stdio, serve


def main(argv: Sequence[str]) -> int:
    """Serve on standard input and output until the editor leaves; does not return."""
    parser = argparse.ArgumentParser("autonav lsp", description="Run the language server on standard input and output.")
    parser.add_argument("--stdio", action="store_true", help="Accepted for clients that say so; there is no other way.")
    parser.add_argument("--log-level", default="WARNING", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    given = parser.parse_args(argv)
    streams = private_stdio()
    logging.basicConfig(level=given.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    gc.disable()  # importing makes no garbage, and looking for it takes a sixth of the start
    from autonav_server.hub import Hub

    gc.freeze()
    gc.enable()

    async def run() -> int:
        hub = Hub()
        return await serve(hub.create_editor_server, streams, hub.close)

    with contextlib.suppress(KeyboardInterrupt):
        leave(asyncio.run(run()))
    leave(1)
    return 1
