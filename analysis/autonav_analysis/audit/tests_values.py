"""What is known of tests by their syntax: definitions, marks that skip them, and assertions by strength."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from tree_sitter import Node


class Strength(IntEnum):
    """How much an assertion demands of its subject, from nothing to one value.

    partial: one part of it, or a bound; kind: its class, or what it is not; presence: that there is
    something; vacuous: nothing at all, for it always holds.
    """

    NONE = 0
    VACUOUS = 1
    PRESENCE = 2
    KIND = 3
    PARTIAL = 4
    EXACT = 5


def by_name(names: Mapping[Strength, str]) -> Mapping[str, Strength]:
    """Return the strength of each name, from the names of each strength with spaces between them."""
    return {name: strength for strength, listed in names.items() for name in listed.split()}


UNCOUNTED = -1
"""Stands for rows of a test that are not written where they can be counted."""


class Kind(StrEnum):
    """What a definition is: a test, a function of a test file, another function, or what holds tests together."""

    TEST = "test"
    HELPER = "helper"
    FUNCTION = "function"
    SUITE = "suite"


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion. `text`, `subject` and `expected` are normalised: tokens with one space between, no comments.

    `kind` is its operator or name, "helper" for a call that is one by its name alone. `depth` counts what around it
    may keep it from being run or from failing; `tolerance` grows with what it lets pass, None where it has none.
    `source` is its text on one line. `by_environment` says that it is run on some machines and not on others.
    """

    text: str
    subject: str
    expected: str
    strength: Strength
    kind: str
    line: int
    source: str
    depth: int = 0
    tolerance: float | None = None
    by_environment: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """What keeps a test from being run or from failing; `conditional` where it does so only sometimes."""

    text: str
    line: int
    conditional: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """A test, suite or function with its decorators; lines are 1-based and inclusive.

    `text` and what follows is known only of one that differs between before and after. `rows` is how many cases a
    test is given, None where it is given none, UNCOUNTED where that cannot be told. `body` is what a function does,
    without comments and documentation; `abstract` says that others are meant to fill it. `shadows` says that one of
    the same name is before it.
    """

    name: str
    qualified: str
    kind: Kind
    line: int
    end_line: int
    text: bytes = b""
    assertions: tuple[Assertion, ...] = ()
    skips: tuple[Skip, ...] = ()
    only: bool = False
    rows: int | None = None
    body: str = ""
    abstract: bool = False
    shadows: bool = False

    @property
    def strongest(self) -> Strength:
        """The strength of its strongest assertion."""
        return max((each.strength for each in self.assertions), default=Strength.NONE)


@dataclass(frozen=True, slots=True)
class SpecialCase:
    """One written input that is answered with one written output, and the whole of it on one line."""

    line: int
    given: str
    answer: str
    source: str


@dataclass(frozen=True, slots=True)
class Found:
    """A definition in its tree: `whole` includes its decorators, `marks` are their texts, or what else marks it."""

    name: str
    qualified: str
    kind: Kind
    node: Node
    whole: Node
    marks: tuple[str, ...] = ()
    shadows: bool = False
    abstract: bool = False

    @property
    def line(self) -> int:
        """Where its own first line is, 1-based."""
        return self.node.start_point[0] + 1

    @property
    def text(self) -> bytes:
        """Its text with its marks."""
        text = self.whole.text or b""
        beside = self.marks if self.whole == self.node else ()
        return "\n".join((*beside, "")).encode() + text


@dataclass(frozen=True, slots=True)
class Reader:
    """How a language says what tests say. `definitions` takes the root of a tree and whether the file holds tests.

    `skips` returns what skips a definition and whether it is the only one to be run; `cases` maps each constant of
    the file that is a list of values to its length.
    """

    definitions: Callable[[Node, bool], list[Found]]
    assertions: Callable[[Found], list[Assertion]]
    skips: Callable[[Found], tuple[tuple[Skip, ...], bool]]
    rows: Callable[[Found], int | None]
    body: Callable[[Found], str]
    file_skips: Callable[[Node], tuple[Skip, ...]]
    cases: Callable[[Node], Mapping[str, int]]
