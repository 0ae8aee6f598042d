"""Watching in a terminal: each finding as it appears, and when it is gone."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import datetime

from autonav_analysis.findings import one_line
from autonav_protocol.errors import AutonavError
from autonav_protocol.operation import Surface
from autonav_protocol.values.finding import Finding, Severity
from autonav_server.lsp.fence_watch import FenceWatch
from autonav_server.worktree.configuration import load
from autonav_server.worktree.fence import Look
from autonav_server.worktree.trust import is_trusted
from autonav_server.worktree.worktree import Worktree, open_worktree

COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFORMATION: "36", Severity.HINT: "2"}


def main(argv: Sequence[str]) -> int:
    """Watch until interrupted."""
    parser = argparse.ArgumentParser("autonav watch", description="Show findings as they appear, until interrupted.")
    parser.add_argument("-C", metavar="DIR", default=os.getcwd(), help="Watch this folder instead of the current one.")
    given = parser.parse_args(argv)
    try:
        asyncio.run(_watch(given.C))
    except KeyboardInterrupt:
        return 0
    except AutonavError as error:
        print(f"autonav: {error}", file=sys.stderr)
        return 2
    return 0


async def _watch(folder: str) -> None:
    worktree = open_worktree(folder)
    shown: dict[str, Finding] = {}
    printed: list[str] = []

    def show(look: Look) -> None:
        head = _head(worktree, look)
        if not printed or printed[-1] != head:
            printed.append(head)
            print(one_line(head), flush=True)
        now_found = {finding.fingerprint: finding for finding in look.findings}
        for fingerprint, finding in now_found.items():
            if fingerprint not in shown:
                print(_line(finding), flush=True)
        for fingerprint, finding in list(shown.items()):
            if fingerprint not in now_found:
                print(_coloured("2", f"{_time()} gone {finding.code} {finding.path}"), flush=True)
        shown.clear()
        shown.update(now_found)

    watching = FenceWatch(
        worktree,
        lambda: load(worktree.root).settings,
        lambda: is_trusted(worktree.root),
        dict[str, str],
        show,
        Surface.CLI,
    )
    try:
        await asyncio.Event().wait()
    finally:
        await watching.close()
        worktree.close()


def _head(worktree: Worktree, look: Look) -> str:
    if look.task is None:
        return f"no task is active in {worktree.root}; protected files alone are watched"
    scope = ", ".join(look.task.contract.scope.edit) or "nothing"
    return f"task {look.task.slug}: may edit {scope}"


def _line(finding: Finding) -> str:
    text = f"{_time()} {finding.severity} {finding.code} {finding.path}:{finding.line} {finding.message}"
    return _coloured(COLOURS[finding.severity], text)


def _coloured(code: str, text: str) -> str:
    safe = one_line(text)
    return f"\x1b[{code}m{safe}\x1b[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else safe


def _time() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")
