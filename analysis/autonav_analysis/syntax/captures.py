"""What a language's query captures in a tree."""

from collections.abc import Mapping, Sequence

from tree_sitter import Node, QueryCursor, Tree

from autonav_analysis.syntax.grammars import Grammar

Captures = Mapping[str, Sequence[Node]]
WITHOUT = "without."
"""Before a capture's name: the node is not so captured, whatever another pattern says."""


def captured(grammar: Grammar, tree: Tree, byte_range: tuple[int, int] | None = None) -> Captures:
    """Return the nodes that the language's query captures, by capture; those that overlap `byte_range`."""
    cursor = QueryCursor(grammar.query)
    if byte_range is not None:
        cursor.set_byte_range(*byte_range)
    found = cursor.captures(tree.root_node)
    for name in [each for each in found if each.startswith(WITHOUT)]:
        unwanted, nodes = {node.id for node in found[name]}, found.get(name.removeprefix(WITHOUT), [])
        found[name.removeprefix(WITHOUT)] = [node for node in nodes if node.id not in unwanted]
    return found
