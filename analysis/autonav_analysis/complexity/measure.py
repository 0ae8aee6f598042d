"""Measuring the functions of one file."""

from tree_sitter import QueryCursor, Tree

from autonav_analysis.complexity.profiles import PROFILES
from autonav_analysis.complexity.sweep import sweep
from autonav_analysis.syntax.grammars import Grammar, parse
from autonav_protocol.values.complexity import FunctionComplexity


def measure(
    path: str,
    source: bytes,
    grammar: Grammar,
    tree: Tree | None = None,
    *,
    profile: str = "sonar",
    byte_range: tuple[int, int] | None = None,
) -> tuple[FunctionComplexity, ...]:
    """Return the functions of `source` in the order they begin, nested ones included.

    A function's values include those of the functions inside it. With `byte_range` only
    functions that overlap it are measured. Broken syntax is measured as far as the parser
    understood it.
    """
    tree = tree or parse(grammar, source)
    if tree is None:
        return ()
    cursor = QueryCursor(grammar.query)
    if byte_range is not None:
        cursor.set_byte_range(*byte_range)
    captures = cursor.captures(tree.root_node)
    return tuple(sweep(path, source, captures, tree.root_node, grammar.language, PROFILES[profile]))
