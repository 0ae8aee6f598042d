"""What a handler is given besides its parameters: the worktree, settings and the way back to the caller."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from autonav_protocol.operation import Surface
from autonav_protocol.settings import Settings
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.finding import Finding
from autonav_server.ledger import chain
from autonav_server.worktree.fence import Look
from autonav_server.worktree.worktree import Worktree

Choices = Mapping[str, tuple[str, Mapping[str, Any]]]
"""The answers to a question, each with the operation that it asks for and its parameters."""


def _nothing(*_: Any) -> None:
    return None


@dataclass(frozen=True)
class Context:
    """The circumstances of one call.

    `open_worktree` and `load_settings` are called by the handlers that need them, so that
    `explain` works anywhere. `trusted` says whether commands of the worktree may run.
    `progress` takes a sentence and a share in [0, 1] or None; `changed` asks for the worktree
    to be looked at again. `offer` puts a question before a person who sits at an editor; `searching` shows that a run
    searches for a test while it lasts; `proposed` takes the page of a proposal of settings. `validated` takes what
    a run of tests found, of all when none are named. `unsaved` returns the text an editor holds that differs from disk,
    and `replace_unsaved` puts another text in its place; `show` opens a file at a
    1-based line. `saved` is what this very editor last saved, as BLAKE3 by path. `audited` returns what the rules
    about content find in a look of the active task, None where no editor watches it; `work` calls a function where it
    holds up nobody.
    """

    surface: Surface
    open_worktree: Callable[[], Worktree]
    load_settings: Callable[[], Settings]
    trusted: Callable[[Worktree], bool]
    progress: Callable[[str, float | None], None] = _nothing
    changed: Callable[[Worktree], None] = _nothing
    announce: Callable[[str], None] = _nothing
    offer: Callable[[Worktree, str, Choices], None] = _nothing
    searching: Callable[[Worktree, str, str], AbstractContextManager[None]] = lambda *_: nullcontext()
    found: Callable[[Worktree, str, str, tuple[Candidate, ...]], None] = _nothing
    proposed: Callable[[str], None] = _nothing
    validated: Callable[[Worktree, tuple[str, ...], tuple[Finding, ...]], None] = _nothing
    unsaved: Callable[[str], bytes | None] = _nothing
    replace_unsaved: Callable[[str, bytes], None] = _nothing
    show: Callable[[str, int], None] = _nothing
    seen: Callable[[Worktree], tuple[Finding, ...] | None] = _nothing
    saved: Callable[[Worktree], Mapping[str, str]] = lambda _: {}
    watching: Callable[[Worktree], str] = lambda _: ""
    audited: Callable[[Worktree, Look], tuple[Finding, ...] | None] = _nothing
    work: Callable[..., Any] = lambda function, *arguments: function(*arguments)

    @property
    def worktree(self) -> Worktree:
        """The worktree meant."""
        return self.open_worktree()

    @property
    def settings(self) -> Settings:
        """The settings of that worktree."""
        return self.load_settings()

    def record(self, kind: str, data: Mapping[str, Any]) -> None:
        """Append to the worktree's ledger."""
        worktree = self.worktree
        chain.append(worktree.store, kind, str(self.surface), {"root": worktree.root, **data})
