"""Replacements that keep Python's precedence and layout: values in brackets where needed, lines put in and wrapped."""

from collections.abc import Iterable, Iterator, Sequence

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.syntax.python_nodes import (
    indentation,
    is_read,
    line_end,
    line_start,
    nodes,
    put,
    statements,
    text,
)

TIGHT = frozenset(
    ("binary_operator", "comparison_operator", "unary_operator", "not_operator", "boolean_operator", "attribute",
     "subscript", "await", "conditional_expression", "call", "list_splat", "dictionary_splat")
)  # fmt: skip
VALUES = ("identifier", "attribute", "call", "subscript")
LOOSE = frozenset(("boolean_operator", "conditional_expression", "lambda", "named_expression"))


def placed(node: Node, new: bytes) -> Replacement:
    """Return the replacement of a value by an operation, in brackets where an operator stands around it."""
    parent = node.parent
    index = parent is not None and parent.type == "subscript" and parent.child_by_field_name("value") != node
    tight = parent is not None and parent.type in TIGHT and not index
    return put(node, b"(" + new + b")" if tight else new)


def joined(site: Site, node: Node, operator: bytes, other: bytes, *, first: bool = False) -> Replacement:
    """Return the replacement of a question by it and another, joined by `and` or `or`, with no bracket too many."""
    old = text(site, node)
    own, around = _operator(node), _operator(node.parent)
    left = b"(" + old + b")" if node.type in LOOSE and own not in (operator, b"and") else old
    new = other + b" " + operator + b" " + left if first else left + b" " + operator + b" " + other
    tight = node.parent is not None and node.parent.type in TIGHT and node.parent.type != "conditional_expression"
    loose = around == operator or (around == b"or" and operator == b"and")
    return put(node, b"(" + new + b")" if tight and not loose else new)


def _operator(node: Node | None) -> bytes:
    found = node.child_by_field_name("operator") if node is not None and node.type == "boolean_operator" else None
    return found.text or b"" if found is not None else b""


def values(site: Site, *types: str) -> Iterator[Node]:
    """Yield the values that are read: names, attributes, calls and subscripts, or nodes of these types."""
    for node in nodes(site, *(types or VALUES)):
        parent = node.parent
        if is_read(node) and not (parent is not None and parent.type == "decorator"):
            yield node


def questions(site: Site) -> Iterator[Node]:
    """Yield whatever is asked for its truth: conditions, and the operands of `and`, `or` and `not`."""
    for node in nodes(site):
        parent = node.parent
        if not node.is_named or parent is None or node.type in ("comment", "block"):
            continue
        if parent.type in ("if_statement", "elif_clause", "while_statement"):
            if parent.child_by_field_name("condition") == node:
                yield node
        elif parent.type == "conditional_expression":
            if len(parent.named_children) > 1 and parent.named_children[1] == node:
                yield node
        elif parent.type in ("boolean_operator", "not_operator", "if_clause"):
            yield node


def whole_lines(site: Site) -> Iterator[Node]:
    """Yield the statements that begin their line, compound ones with them."""
    for node in statements(site):
        if not indentation(site, node).strip():
            yield node


def put_before(site: Site, node: Node, *lines: bytes) -> Replacement:
    """Return the replacement that puts lines before a statement, at its depth."""
    margin, at = indentation(site, node), line_start(site, node)
    return Replacement(at, at, b"".join(margin + line + b"\n" for line in lines))


def put_after(site: Site, node: Node, *lines: bytes) -> Replacement:
    """Return the replacement that puts lines after a statement, at its depth."""
    margin, at = indentation(site, node), line_end(site, node)
    broken = b"" if site.source[at - 1 : at] == b"\n" else b"\n"
    return Replacement(at, at, broken + b"".join(margin + line + b"\n" for line in lines))


def wrapped(site: Site, first: Node, last: Node, before: Iterable[bytes], after: Iterable[bytes]) -> Replacement:
    """Return the replacement that puts statements one step deeper, between lines at their old depth."""
    margin = indentation(site, first)
    start, end = line_start(site, first), line_end(site, last)
    body = site.source[start:end]
    body = body if body.endswith(b"\n") else body + b"\n"
    inner = b"".join(b"    " + line if line.strip() else line for line in body.splitlines(keepends=True))
    head, foot = (b"".join(margin + line + b"\n" for line in lines) for lines in (before, after))
    return Replacement(start, end, head + inner + foot)


def put_argument(site: Site, arguments: Node, new: bytes) -> Replacement:
    """Return the replacement that gives a call one argument more, as its last."""
    given = [each for each in arguments.named_children if each.type != "comment"]
    at = given[-1].end_byte if given else arguments.start_byte + 1
    return Replacement(at, at, b", " + new if given else new)


def without(site: Site, elements: Sequence[Node], index: int) -> Replacement:
    """Return the replacement that leaves out one of several elements, and the comma that goes with it."""
    if index + 1 < len(elements):
        return Replacement(elements[index].start_byte, elements[index + 1].start_byte, b"")
    start = elements[index - 1].end_byte if index else elements[index].start_byte
    return Replacement(start, elements[index].end_byte, b"")


def is_last(node: Node) -> bool:
    """Return whether a statement is the last of its block."""
    following = node.next_named_sibling
    return following is None or following.type == "comment"
