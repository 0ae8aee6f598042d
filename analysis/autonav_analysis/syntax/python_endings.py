"""What stands last in Python's functions and loops, and what leaves them there."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Site
from autonav_analysis.syntax.python_bindings import walk
from autonav_analysis.syntax.python_branches import blocks, inside

LOOPS = ("for_statement", "while_statement")


def last_ifs(site: Site) -> Iterator[Node]:
    """Yield each if that is the last statement of a function's or a loop's body."""
    for block in blocks(site):
        owner, last = block.parent, inside(block)[-1:]
        if owner is None or owner.type not in ("function_definition", *LOOPS):
            continue
        if last and last[0].type == "if_statement":
            yield last[0]


def exit_of(node: Node) -> bytes:
    """Return the statement that does what the end of a function's or loop's body does, where a node is its last."""
    owner = node.parent.parent if node.parent is not None else None
    if owner is None or owner.type in LOOPS:
        return b"continue"
    values = (each for each in walk(owner, inner=False) if each.type == "return_statement" and each.named_children)
    return b"return None" if any(each.named_children[0].type != "comment" for each in values) else b"return"
