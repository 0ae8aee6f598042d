"""The name of a definition, wherever its grammar keeps it."""

from tree_sitter import Node

from autonav_analysis.language import Language

ANONYMOUS = "<anonymous>"
"""Stands for the name of a function or class that has none."""


def name_of(node: Node, language: Language) -> Node | None:
    """Return the node that holds a definition's name, None where it has none."""
    name = node.child_by_field_name(language.name_fields.get(node.type, "name"))
    # In C a function's name is the innermost of its declarators.
    while name is not None and (inner := _declared(name)) is not None:
        name = inner
    return name


def _declared(node: Node) -> Node | None:
    if node.type == "reference_declarator":  # it names no field
        return node.named_children[-1] if node.named_children else None
    return node.child_by_field_name("declarator")
