"""Symbols of a source by their dotted paths, and which of them an edit touches.

A symbol is known by its own text: what it holds without the symbols inside of it. So lines that
shift, and definitions that change places, touch nothing.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis.syntax.captures import captured
from autonav_analysis.syntax.grammars import Grammar, parse
from autonav_analysis.syntax.names import ANONYMOUS, name_of

MODULE = "<module>"


class Symbol(NamedTuple):
    """A definition with its decorators: dotted path, bytes [start, end), 1-based lines, and its own text."""

    name: str
    start: int
    end: int
    line: int
    end_line: int
    own: bytes


def symbols(grammar: Grammar, source: bytes) -> tuple[Symbol, ...]:
    """Return the symbols in the order they begin, the module first; a repeated path gets `#2`, `#3`."""
    captures = captured(grammar, parse(grammar, source))
    whole = {node.id: node for node in captures.get("decorated", ())}
    found = [(_whole(node, whole), node) for name in ("fn", "scope") for node in captures.get(name, ())]
    found.sort(key=lambda each: (each[0].start_byte, -each[0].end_byte))
    around: list[tuple[int, str]] = []  # where each symbol around ends, and its name
    inner: dict[int, list[tuple[int, int]]] = {-1: []}  # of each symbol, by index, the ranges of those inside it
    open_indices: list[int] = []
    named: list[tuple[str, Node]] = []
    seen: Counter[str] = Counter()
    for index, (node, definition) in enumerate(found):
        while around and around[-1][0] <= node.start_byte:
            around.pop()
            open_indices.pop()
        field = name_of(definition, grammar.language)
        own_name = source[field.start_byte : field.end_byte].decode("utf-8", "replace") if field else ANONYMOUS
        name = ".".join((*(each for _, each in around), own_name))
        seen[name] += 1
        inner[open_indices[-1] if open_indices else -1].append((node.start_byte, node.end_byte))
        inner[index] = []
        named.append((name if seen[name] == 1 else f"{name}#{seen[name]}", node))
        around.append((node.end_byte, own_name))
        open_indices.append(index)
    module = Symbol(MODULE, 0, len(source), 1, source.count(b"\n") + 1, _own(source, 0, len(source), inner[-1]))
    rest = [
        Symbol(
            name, node.start_byte, node.end_byte, node.start_point[0] + 1, node.end_point[0] + 1,
            _own(source, node.start_byte, node.end_byte, inner[index]),
        )
        for index, (name, node) in enumerate(named)
    ]  # fmt: skip
    return (module, *rest)


def touched(grammar: Grammar, before: bytes, after: bytes) -> tuple[tuple[str, int], ...]:
    """Return the symbols whose own text differs, with their line in `after` (1 where they are gone)."""
    old, new = _by_name(grammar, before), _by_name(grammar, after)
    lines = {name: new[name].line if name in new else 1 for name in {**old, **new}}
    own = ({name: symbol.own for name, symbol in side.items()} for side in (old, new))
    was, now = own
    return tuple(sorted(((name, line) for name, line in lines.items() if was.get(name) != now.get(name)), key=_by_line))


def _by_line(touched: tuple[str, int]) -> int:
    return touched[1]


def _by_name(grammar: Grammar, source: bytes) -> dict[str, Symbol]:
    return {symbol.name: symbol for symbol in symbols(grammar, source)}


def _whole(node: Node, whole: Mapping[int, Node]) -> Node:
    return whole[node.parent.id] if node.parent is not None and node.parent.id in whole else node


def _own(source: bytes, start: int, end: int, inside: list[tuple[int, int]]) -> bytes:
    """Return a symbol's text without those inside of it; blank lines and ends of lines say nothing."""
    pieces, at = [], start
    for first, last in inside:
        pieces.append(source[at:first])
        at = last
    pieces.append(source[at:end])
    lines = (line.rstrip() for line in b"\n".join(pieces).split(b"\n"))
    return b"\n".join(line for line in lines if line)
