"""What a rewrite is: a small change of syntax tried in the hope that a test then passes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tree_sitter import Node


class Replacement(NamedTuple):
    """Replace the bytes [start, end) of the source by `text`."""

    start: int
    end: int
    text: bytes


class Site(NamedTuple):
    """Where a rewrite looks: one function of a source, the names it binds and the attributes its file uses.

    The function may be the whole module: then what is looked at is what stands outside functions, and no name is bound.
    `language` is the name of the source's.
    """

    source: bytes
    function: Node
    names: tuple[bytes, ...]
    attributes: tuple[bytes, ...]
    language: str = "python"


@dataclass(frozen=True)
class Rewrite:
    """A rewrite. `weight` is its prior share of the search; `before` and `after` are its example and its test.

    `cap` is how many proposals it may make in one function, `everywhere` has each of them made also at all equal
    places of the function at once, and `outside` has it look at what stands outside functions too. `also` are more
    languages than that of its example.
    """

    name: str
    title: str
    language: str
    weight: float
    before: str
    after: str
    propose: Callable[[Site], Iterable[Replacement]]
    cap: int = 400
    everywhere: bool = False
    outside: bool = False
    also: tuple[str, ...] = ()
