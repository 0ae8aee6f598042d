"""A change in the order in which a person should read it."""

from dataclasses import dataclass
from enum import StrEnum


class Mechanical(StrEnum):
    """How a hunk is equal by syntax tree: comments, layout, imports alone, a name declared here, a moved definition.

    Imports and moves may change what a program does; they are named so that they can be read as what they are.
    """

    COMMENTS = "comments"
    FORMATTING = "formatting"
    IMPORTS = "imports"
    RENAME = "rename"
    MOVE = "move"


@dataclass(frozen=True)
class ReviewHunk:
    """One hunk of a change.

    `line` and `end_line` are 1-based lines of the new text, inclusive; where lines are only removed both are the line
    before. `codes` are those of the findings on it, `why` says in a sentence why it stands where it does.
    `mark` names its content, wherever it lies: a mark on it lasts until the content changes. `mechanical` is None for
    a hunk that has to be read.
    """

    path: str
    line: int
    end_line: int
    added: int
    removed: int
    why: str
    mark: str
    codes: tuple[str, ...] = ()
    mechanical: Mechanical | None = None
    reviewed: bool = False


@dataclass(frozen=True)
class ReviewGroup:
    """Hunks that are read for the same reason; `name` is untraced, risky, deliverable or mechanical."""

    name: str
    title: str
    hunks: tuple[ReviewHunk, ...]
