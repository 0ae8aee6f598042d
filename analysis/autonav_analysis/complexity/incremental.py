"""Measuring again after edits: only the functions that an edit, or what it did to the tree, touches.

Exact: after every `refresh` the functions equal those of a full measurement of the same tree.
Functions that were not touched are moved, which is arithmetic; the range to measure grows over
those that were. Ranges touch where they share a byte or an end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from tree_sitter import Tree

from autonav_analysis.complexity.measure import measure_captures
from autonav_analysis.syntax.captures import Captures, captured
from autonav_analysis.syntax.grammars import Grammar, parse
from autonav_analysis.syntax.names import name_of
from autonav_protocol.values.complexity import FunctionComplexity, Increment


class Placed(NamedTuple):
    """A function and where it now is; its own lines and bytes are of where it was measured."""

    start: int
    end: int
    line: int
    function: FunctionComplexity


class Scope(NamedTuple):
    """What gives its name to the functions in it. Edits below the end of its name rename nothing."""

    start: int
    end: int
    name_end: int


@dataclass(frozen=True)
class Measured:
    """A measured source. `dirty` is what was edited since, None where `functions` are all there are."""

    path: str
    source: bytes
    grammar: Grammar
    tree: Tree
    placed: tuple[Placed, ...]
    scopes: tuple[Scope, ...]
    dirty: tuple[int, int] | None = None

    @cached_property
    def functions(self) -> tuple[FunctionComplexity, ...]:
        """The functions that are measured, where they now are, in the order they begin."""
        return tuple([_moved(each) for each in self.placed])


def measured(path: str, source: bytes, grammar: Grammar, tree: Tree | None = None) -> Measured:
    """Return a source that was measured whole."""
    tree = tree or parse(grammar, source)
    captures = captured(grammar, tree)
    functions = measure_captures(path, source, grammar, captures)
    return Measured(path, source, grammar, tree, tuple(_placed(functions)), tuple(_scopes(captures, grammar)))


def edit(before: Measured, start: int, old_end: int, text: bytes) -> Measured:
    """Return the source with [start, old_end) replaced by `text`, not yet parsed or measured.

    Functions that the edit touches are gone until the next `refresh`.
    """
    removed, new_end = before.source[start:old_end], start + len(text)
    shift, rows = new_end - old_end, text.count(b"\n") - removed.count(b"\n")
    tree = before.tree.copy()
    first = _point(before.source, start)
    tree.edit(start, old_end, new_end, first, _after(first, removed), _after(first, text))

    def moved(span: tuple[int, int]) -> tuple[int, int]:
        """Return where a range is now; an end inside the removed bytes goes to an end of the new ones."""
        low, high = span
        return (
            low + shift if low >= old_end else min(low, start),
            high + shift if high >= old_end else new_end if high > start else high,
        )

    dirty = [(start, new_end)]
    if before.dirty is not None:
        dirty.append(moved(before.dirty))
    placed: list[Placed] = []
    for each in before.placed:
        if each.end < start:
            placed.append(each)
        elif each.start > old_end:
            placed.append(Placed(each.start + shift, each.end + shift, each.line + rows, each.function))
        else:
            dirty.append(moved((each.start, each.end)))
    scopes: list[Scope] = []
    for scope in before.scopes:
        span = moved((scope.start, scope.end))
        if scope.start <= old_end and start <= scope.name_end:
            dirty.append(span)
        else:
            scopes.append(Scope(*span, scope.name_end + (shift if scope.start > old_end else 0)))
    return replace(
        before,
        source=b"".join((before.source[:start], text, before.source[old_end:])),
        tree=tree,
        placed=tuple(placed),
        scopes=tuple(scopes),
        dirty=_cover(dirty),
    )


def refresh(before: Measured, expired: Callable[[], bool] | None = None) -> Measured | None:
    """Return the source parsed and measured again, None when `expired` said so before it was parsed."""
    if before.dirty is None:
        return before
    tree = parse(before.grammar, before.source, before.tree, expired)
    if tree is None:
        return None
    changed = [(each.start_byte, each.end_byte) for each in before.tree.changed_ranges(tree)]
    (low, high), captures = _grown(_cover([before.dirty, *changed]), before, tree)
    fresh = measure_captures(before.path, before.source, before.grammar, captures)
    placed = [each for each in before.placed if each.end < low or high < each.start]
    placed += _placed([each for each in fresh if low <= each.start_byte and each.end_byte <= high])
    placed.sort(key=lambda each: (each.start, -each.end))
    scopes = [each for each in before.scopes if each.end < low or high < each.start]
    scopes += _scopes(captures, before.grammar)
    return replace(before, tree=tree, placed=tuple(placed), scopes=tuple(scopes), dirty=None)


def _grown(dirty: tuple[int, int], before: Measured, tree: Tree) -> tuple[tuple[int, int], Captures]:
    """Grow over each old or new function that is touched, and each scope whose name may be another."""
    while True:
        low, high = dirty
        # One byte more on each side, so that what only touches the range is captured too.
        captures = captured(before.grammar, tree, (max(0, low - 1), high + 1))
        scopes = (*before.scopes, *_scopes(captures, before.grammar))
        spans = [(each.start, each.end) for each in before.placed if each.start <= high and low <= each.end]
        spans += [(node.start_byte, node.end_byte) for node in captures.get("fn", ())]
        spans += [(each.start, each.end) for each in scopes if each.start <= high and low <= each.name_end]
        grown = _cover([dirty, *spans])
        if grown == dirty:
            return dirty, captures
        dirty = grown


def _cover(spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return min(start for start, _ in spans), max(end for _, end in spans)


def _placed(functions: Sequence[FunctionComplexity]) -> list[Placed]:
    return [Placed(each.start_byte, each.end_byte, each.line, each) for each in functions]


def _scopes(captures: Captures, grammar: Grammar) -> list[Scope]:
    scopes = []
    for node in captures.get("scope", ()):
        name = name_of(node, grammar.language)
        scopes.append(Scope(node.start_byte, node.end_byte, name.end_byte if name else node.end_byte))
    return scopes


def _moved(placed: Placed) -> FunctionComplexity:
    start, end, line, was = placed
    rows = line - was.line
    if not rows and start == was.start_byte:
        return was
    increments = was.increments
    if rows:
        increments = tuple([Increment(each.line + rows, each.amount, each.nesting, each.reason) for each in increments])
    # Written out, for `replace` takes several times as long and this is done at every key.
    return FunctionComplexity(
        path=was.path,
        name=was.name,
        line=line,
        end_line=was.end_line + rows,
        cognitive=was.cognitive,
        cyclomatic=was.cyclomatic,
        nesting=was.nesting,
        parameters=was.parameters,
        lines=was.lines,
        own_cognitive=was.own_cognitive,
        own_cyclomatic=was.own_cyclomatic,
        percentile=was.percentile,
        start_byte=start,
        end_byte=end,
        increments=increments,
    )


def _point(source: bytes, offset: int) -> tuple[int, int]:
    """Return the row and the byte column; to tree-sitter only \\n ends a row."""
    return source.count(b"\n", 0, offset), offset - (source.rfind(b"\n", 0, offset) + 1)


def _after(point: tuple[int, int], text: bytes) -> tuple[int, int]:
    """Return the point after a text that begins at `point`."""
    rows = text.count(b"\n")
    if not rows:
        return point[0], point[1] + len(text)
    return point[0] + rows, len(text) - (text.rfind(b"\n") + 1)
