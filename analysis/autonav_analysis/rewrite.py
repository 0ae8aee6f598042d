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
    """Where a rewrite looks: one function of a source, the names it binds and the attributes its file uses."""

    source: bytes
    function: Node
    names: tuple[bytes, ...]
    attributes: tuple[bytes, ...]


@dataclass(frozen=True)
class Rewrite:
    """A rewrite. `weight` is its prior share of the search; `before` and `after` are its example and its test."""

    name: str
    title: str
    language: str
    weight: float
    before: str
    after: str
    propose: Callable[[Site], Iterable[Replacement]]
