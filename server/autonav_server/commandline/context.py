"""The circumstances of a call from the command line."""

import contextlib
import sys
from collections.abc import Iterator
from functools import lru_cache

from autonav_protocol.operation import Surface
from autonav_protocol.settings import Settings
from autonav_server.context import Context
from autonav_server.worktree.configuration import load
from autonav_server.worktree.tasks import tell_watchers
from autonav_server.worktree.trust import is_trusted
from autonav_server.worktree.worktree import Worktree, open_worktree


@contextlib.contextmanager
def cli_context(folder: str, *, quiet: bool) -> Iterator[Context]:
    """Yield the context for one call in `folder`; the worktree is opened when first asked for, and closed."""
    opened: list[Worktree] = []

    @lru_cache(maxsize=1)
    def worktree() -> Worktree:
        opened.append(open_worktree(folder))
        return opened[0]

    def settings() -> Settings:
        configuration = load(worktree().root)
        for problem in configuration.problems:
            print(f"autonav: settings: {problem}", file=sys.stderr)
        return configuration.settings

    showing = not quiet and sys.stderr.isatty()

    def progress(sentence: str, _share: float | None) -> None:
        if showing:
            print(f"\r\x1b[K{sentence}", end="", file=sys.stderr, flush=True)

    try:
        yield Context(
            Surface.CLI,
            worktree,
            lru_cache(maxsize=1)(settings),
            lambda each: is_trusted(each.root),
            progress,
            changed=tell_watchers,
        )
    finally:
        if showing:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        for each in opened:
            each.close()
