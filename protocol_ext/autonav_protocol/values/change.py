"""What became of the worktree since a task began: the expected tree against the working tree."""

from dataclasses import dataclass
from enum import StrEnum

from autonav_protocol.values.contract import Contract, ScopeRequest


class ChangeKind(StrEnum):
    """How a path differs: added, modified, deleted, mode bits alone, or another type of entry."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    MODE = "mode"
    TYPE = "type"


@dataclass(frozen=True)
class Entry:
    """One path of a tree as git sees it: `mode` is git's octal text, `oid` the object name."""

    mode: str
    oid: str


@dataclass(frozen=True)
class Hunk:
    """A run of changed lines. Lines are 1-based; a count of 0 means after that line, as in `diff -U0`."""

    old_line: int
    old_count: int
    new_line: int
    new_count: int


@dataclass(frozen=True)
class FileChange:
    """One path that differs from the expected tree.

    `before` or `after` is None where the path is absent. `image` is the BLAKE3 of the bytes
    now on disk, hex, or "" where there is none: the value an action must still find when it
    writes. `ambiguous` says that the expected content could not be decided (a conflict), and
    `attribution` names the evidence of who wrote it: editor, git, ours or unattributed.
    `written_at` is when its inode last changed, in seconds of the epoch, None where it is gone.
    `symbols` are the touched ones with their lines, asked only of files allowed by symbol.
    """

    path: str
    kind: ChangeKind
    before: Entry | None
    after: Entry | None
    hunks: tuple[Hunk, ...] = ()
    added: int = 0
    removed: int = 0
    binary: bool = False
    image: str = ""
    ambiguous: bool = False
    attribution: str = "unattributed"
    written_at: float | None = None
    symbols: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Change:
    """All that differs from the expected tree.

    `contract` is what was granted; its slug is "" while no task is active, and then nothing but
    `protected`, the globs that no task may touch, is judged. `contract_lines` are the lines of
    the contract file as it now is, `contract_image` the BLAKE3 of its bytes ("" where it is
    gone), and `contract_granted` says whether those are the bytes that were granted.
    `policy_path` is the settings file of the repository where it is not the one that was granted,
    else "". `now` is the time of the look and `started` that of the task's start, ISO 8601, "" where that is not
    known; `runs` is how often its tests were run.
    """

    contract: Contract
    files: tuple[FileChange, ...]
    protected: tuple[str, ...] = ()
    contract_path: str = ""
    contract_lines: tuple[str, ...] = ()
    contract_image: str = ""
    contract_granted: bool = True
    policy_path: str = ""
    requests: tuple[ScopeRequest, ...] = ()
    now: str = ""
    started: str = ""
    runs: int = 0
