"""What a proposer is: a source of candidate edits from outside, such as a language model or a coding agent.

A proposer runs with the rights of the person, in no sandbox, and may use the network. So none runs unless the
person's own settings name it; a repository's file must not. What it answers counts only after an audit, the same
for all of them, and is a candidate like any other: proved in a sandbox or not shown as verified.
"""

import os
import posixpath
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from autonav_analysis.contracts.scope import decide, symbols_outside
from autonav_analysis.search.proposals import still_parses
from autonav_analysis.syntax.grammars import GrammarUnavailable, language_for, load
from autonav_analysis.syntax.symbols import MODULE, touched
from autonav_protocol.collect import collect
from autonav_protocol.errors import BadRequest, Unavailable
from autonav_protocol.values.change import ChangeKind, FileChange
from autonav_protocol.values.contract import Scope
from autonav_server import proposers
from autonav_server.toolchain import toolchains_by_name

MOST_FILES = 20
MOST_BYTES = 1 << 20
"""How many files an answer may change, and how large each may become."""

MOST_SAID = 4000
"""How much is kept, in characters, of what a proposer said."""


@dataclass(frozen=True)
class Source:
    """A proposer as a person's settings name it; what its `kind` does not use is empty.

    `argv` starts a command or an agent. `api`, `base_url` and `model` are of a chat model, and `key_variable` is
    the NAME of the environment variable that holds its key, "" for none.
    """

    kind: str
    argv: tuple[str, ...] = ()
    api: Literal["openai", "anthropic"] = "openai"
    base_url: str = ""
    model: str = ""
    key_variable: str = ""


class Caps(NamedTuple):
    """What one request of a proposer may use: questions asked, tokens in and out together, and time."""

    calls: int = 3
    tokens: int = 100_000
    seconds: float = 300.0


class Cost(NamedTuple):
    """What it did use, as far as the other side tells. `money` is in the other side's currency, None where untold."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    money: float | None = None


class Place(NamedTuple):
    """A suspicious line, 1-based, and how suspicious it is, in (0, 1]."""

    path: str
    line: int
    score: float


@dataclass(frozen=True)
class Brief:
    """What a proposer is told.

    `output` is the end of what the failing test said, `places` are the suspicious lines, `scope` and `protected`
    what an answer may touch, `anchor` the task in a person's words. `files` are the sources as they are, which a
    proposer is shown; `checkout` is a folder with all files of that state, which is copied and never written.
    `tried` says, one text each, what was proposed before and how it failed.
    """

    test: str
    output: str
    places: tuple[Place, ...]
    scope: Scope
    files: Mapping[str, bytes]
    checkout: str
    anchor: str = ""
    protected: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What came back, not audited: files as they are to be, None where one is to go. `problem` says why it is void."""

    changed: Mapping[str, bytes | None] = {}
    said: str = ""
    problem: str = ""
    cost: Cost = Cost()


@dataclass(frozen=True)
class Proposed:
    """An answer after the audit. `contents` is empty where there is a `problem`, which is one sentence.

    `said` is the end of what the proposer said.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict)
    said: str = ""
    problem: str = ""
    cost: Cost = field(default_factory=Cost)


class Report(NamedTuple):
    """Whether a source can be asked here, and where not, why and what to do; nothing is contacted to find out."""

    available: bool
    reason: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Proposer:
    """A kind of source. `propose` blocks, in a thread without a running event loop, and ends within the caps.

    What the other side does wrong is the `problem` of an answer, never an exception.
    """

    name: str
    available: Callable[[Source], Report]
    propose: Callable[[Brief, Source, Caps], tuple[Answer, ...]]


def known_proposers() -> Mapping[str, Proposer]:
    """Return every kind of proposer by its name."""
    return {each.name: each for each in collect(proposers, "PROPOSER", Proposer).values()}


def propose(brief: Brief, source: Source, caps: Caps) -> tuple[Proposed, ...]:
    """Ask a source and return what it proposed, each answer audited.

    Raises BadRequest for a kind that there is not, and Unavailable where the source cannot be asked here.
    """
    known = known_proposers()
    if source.kind not in known:
        raise BadRequest(f"there is no proposer {source.kind}", f"there are {', '.join(known)}")
    report = known[source.kind].available(source)
    if not report.available:
        raise Unavailable(report.reason, report.next_step)
    return tuple(_audited(brief, answer) for answer in known[source.kind].propose(brief, source, caps))


def audit(brief: Brief, changed: Mapping[str, bytes | None]) -> str:
    """Return why a change must not count, "" where it may."""
    if not changed:
        return "it changes nothing"
    if len(changed) > MOST_FILES:
        return f"it changes {len(changed)} files, more than {MOST_FILES}"
    return next((said for path in sorted(changed) if (said := _breach(brief, path, changed[path]))), "")


def breach_of_path(brief: Brief, path: str, *, goes: bool = False) -> str:
    """Return why a path must not be written, or where it `goes` deleted; "" where it may."""
    if not _is_plain(path):
        return f"{path!r} is no path of the worktree"
    if any(each.is_test_file(path) for each in toolchains_by_name().values()):
        return f"it {'deletes' if goes else 'changes'} {path}, which belongs to the tests"
    if goes:
        return f"it deletes {path}, which no candidate may"
    if _passes_a_link(brief.checkout, path):
        return f"{path} is a link, or lies behind one"
    kind = ChangeKind.ADDED if original(brief, path) is None else ChangeKind.MODIFIED
    decision = decide(brief.scope, brief.protected, path, kind)
    if not decision.allowed:
        return f"{path} is outside the scope{f' ({decision.list_name}: {decision.glob})' if decision.glob else ''}"
    return ""


def original(brief: Brief, path: str) -> bytes | None:
    """Return a file as it is before any edit, None where there is none."""
    if path in brief.files:
        return brief.files[path]
    try:
        with open(os.path.join(brief.checkout, path), "rb") as file:
            return file.read()
    except OSError:
        return None


def _audited(brief: Brief, answer: Answer) -> Proposed:
    problem = answer.problem or audit(brief, answer.changed)
    contents = {path: data for path, data in answer.changed.items() if data is not None}
    return Proposed({} if problem else contents, answer.said[-MOST_SAID:], problem, answer.cost)


def _breach(brief: Brief, path: str, after: bytes | None) -> str:
    if said := breach_of_path(brief, path, goes=after is None):
        return said
    if after is None or len(after) > MOST_BYTES:
        return f"{path} becomes larger than {MOST_BYTES >> 10} KiB"
    before = original(brief, path)
    decision = decide(brief.scope, brief.protected, path, ChangeKind.MODIFIED)
    if decision.symbols:
        change = FileChange(path, ChangeKind.MODIFIED, None, None, symbols=_touched(path, before or b"", after))
        if outside := symbols_outside(decision.symbols, change):
            return f"{path}::{outside[0][0]} is outside the scope"
    try:
        whole = still_parses(path, before or b"", after)
    except GrammarUnavailable:
        return ""
    return "" if whole else f"{path} does not parse any more"


def _touched(path: str, before: bytes, after: bytes) -> tuple[tuple[str, int], ...]:
    language = language_for(path)
    try:
        return ((MODULE, 1),) if language is None else touched(load(language), before, after)
    except GrammarUnavailable:
        return ((MODULE, 1),)


def _is_plain(path: str) -> bool:
    parts = path.split("/")
    named = not {"", ".", ".."} & set(parts) and parts[0].lower() != ".git"
    return named and path == posixpath.normpath(path) and path.isprintable() and "\\" not in path


def _passes_a_link(folder: str, path: str) -> bool:
    """Return whether a path below a folder is, or leads through, what is neither a plain file nor a folder."""
    here = folder
    *above, _ = parts = path.split("/")
    for index, part in enumerate(parts):
        here = os.path.join(here, part)
        try:
            mode = os.lstat(here).st_mode
        except OSError:
            return False
        if not (stat.S_ISDIR(mode) if index < len(above) else stat.S_ISREG(mode)):
            return True
    return False
