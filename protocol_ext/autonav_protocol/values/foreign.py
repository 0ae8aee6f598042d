"""What other tools found: the results of their reports, beside the change that is judged."""

from dataclasses import dataclass
from typing import Literal

from autonav_protocol.values.change import Change

Level = Literal["error", "warning", "note", "none"]


@dataclass(frozen=True)
class ForeignResult:
    """One result. `tool` and `rule` are as the tool names them, `level` is SARIF's.

    `path` is relative to the root of the worktree, "" for what lies outside. Lines are 1-based and inclusive, both 0
    where the result speaks of the whole file.
    """

    tool: str
    rule: str
    level: Level
    message: str
    path: str
    line: int
    end_line: int


@dataclass(frozen=True)
class ForeignReport:
    """The results of other tools and the change that they are held against."""

    change: Change
    results: tuple[ForeignResult, ...]
