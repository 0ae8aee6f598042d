"""Measuring again after an edit: only functions that the edit or the parser's changes touch.

Exact: the result equals a full measurement. Untouched functions are moved by the edit's length,
touched ones are dropped and the range grown over them until nothing half-covered is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tree_sitter import QueryCursor, Tree

from autonav_analysis.complexity.measure import measure
from autonav_analysis.syntax.grammars import Grammar
from autonav_protocol.values.complexity import FunctionComplexity


@dataclass(frozen=True)
class Splice:
    """An edit of bytes: [start, old_end) of the old source became [start, new_end) of the new one."""

    start: int
    old_end: int
    new_end: int


def remeasure(
    path: str,
    old_functions: Sequence[FunctionComplexity],
    splice: Splice,
    old_tree: Tree,
    source: bytes,
    tree: Tree,
    grammar: Grammar,
) -> tuple[FunctionComplexity, ...]:
    """Return the functions of `source`, measured anew only where needed.

    `old_tree` is the tree of before with the edit told to it, `tree` the new one parsed from it.
    """
    shift = splice.new_end - splice.old_end
    low, high = splice.start, splice.new_end
    for changed in old_tree.changed_ranges(tree):
        low, high = min(low, changed.start_byte), max(high, changed.end_byte)
    kept: list[FunctionComplexity] = []
    for function in old_functions:
        start, end = function.start_byte, function.end_byte
        if end < splice.start:
            kept.append(function)
        elif start > splice.old_end:
            kept.append(replace(function, start_byte=start + shift, end_byte=end + shift))
        else:
            low = min(low, start, splice.start)
            high = max(high, end + shift if end >= splice.old_end else splice.new_end)
    low, high, kept = _grown(low, high, kept, tree, grammar)
    fresh = measure(path, source, grammar, tree, byte_range=(max(0, low - 1), min(len(source), high) + 1))
    measured = {(each.start_byte, each.end_byte) for each in fresh}
    untouched = [each for each in kept if (each.start_byte, each.end_byte) not in measured]
    return tuple(sorted((*_moved(untouched, source, tree), *fresh), key=lambda each: (each.start_byte, -each.end_byte)))


def _grown(
    low: int, high: int, kept: list[FunctionComplexity], tree: Tree, grammar: Grammar
) -> tuple[int, int, list[FunctionComplexity]]:
    """Grow the range over every old and new function that it half covers."""
    while True:
        touched = [each for each in kept if each.end_byte >= low and each.start_byte <= high]
        kept = [each for each in kept if each.end_byte < low or each.start_byte > high]
        cursor = QueryCursor(grammar.query)
        cursor.set_byte_range(max(0, low - 1), high + 1)
        spans = [(each.start_byte, each.end_byte) for each in touched]
        spans += [(node.start_byte, node.end_byte) for node in cursor.captures(tree.root_node).get("fn", ())]
        spans += [(node.start_byte, node.end_byte) for node in cursor.captures(tree.root_node).get("scope", ())]
        overlapping = [span for span in spans if span[1] >= low and span[0] <= high]
        grown = (min([low, *(start for start, _ in overlapping)]), max([high, *(end for _, end in overlapping)]))
        if grown == (low, high) and not touched:
            return low, high, kept
        low, high = grown


def _moved(functions: Sequence[FunctionComplexity], source: bytes, tree: Tree) -> list[FunctionComplexity]:
    """Return untouched functions with the lines they now stand on."""
    moved = []
    for function in functions:
        node = tree.root_node.descendant_for_byte_range(
            function.start_byte, max(function.start_byte, function.end_byte - 1)
        )
        while node is not None and (node.start_byte, node.end_byte) != (function.start_byte, function.end_byte):
            node = node.parent
        line = node.start_point[0] + 1 if node is not None else source.count(b"\n", 0, function.start_byte) + 1
        by = line - function.line
        if by:
            increments = tuple(replace(each, line=each.line + by) for each in function.increments)
            function = replace(function, line=line, end_line=function.end_line + by, increments=increments)  # noqa: PLW2901
        moved.append(function)
    return moved
