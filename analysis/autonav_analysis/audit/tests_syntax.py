"""What the readers of tests share: normalised text, walks through trees, names that assert."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from tree_sitter import Node, Query, QueryCursor

from autonav_analysis.syntax.grammars import languages, load

COMMENTS = frozenset(("comment", "line_comment", "block_comment"))
CLOSING = frozenset((")", "]", "}"))
WHOLE = frozenset(("string_content", "escape_sequence"))
"""Nodes that are leaves to whoever reads text, though some grammars divide them."""

ASSERTING = re.compile(
    r"_*(?!check_(output|call)\b)(([aA]ssert|[cC]heck|[vV]erify|[eE]xpect|[eE]nsure|[mM]ust|[rR]equire|[sS]hould|[vV]alidate)(s|ed|_|[A-Z0-9]|$)"
    r"|(diff|compare)(_|[A-Z])|eqnice)"
)
"""Names of functions that assert, by convention."""

MOST_SHOWN = 160
NUMBER = re.compile(r"-?[\d_]*\.?\d[\d_]*([eE][+-]?\d+)?")
LEAVING = frozenset(("return_statement", "raise_statement", "throw_statement", "return_expression"))


def text_of(node: Node | None) -> str:
    """Return a node's text, "" for none."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def normalised(node: Node | None) -> str:
    """Return a node's tokens with one space between; comments and commas before a closing bracket left out."""
    if node is None:
        return ""
    tokens = leaves(node)
    kept = [each for each, after in zip(tokens, [*tokens[1:], ")"], strict=True) if each != "," or after not in CLOSING]
    return " ".join(kept)


def leaves(node: Node) -> list[str]:
    """Return a node's tokens in order, comments left out; both quotes of a string are the same."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.type in COMMENTS:
            continue
        if each.child_count == 0 or each.type in WHOLE:
            if each.end_byte > each.start_byte:
                text = text_of(each)
                found.append('"' if text == "'" else text)
        else:
            waiting.extend(reversed(each.children))
    return found


def on_one_line(node: Node | None) -> str:
    """Return a node's text on one line, cut where it is long."""
    text = " ".join(text_of(node).split())
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def inside(node: Node) -> Iterator[Node]:
    """Yield a node and all named ones inside of it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(each.named_children))


def root_of(node: Node) -> Node:
    """Return the root of a node's tree."""
    while node.parent is not None:
        node = node.parent
    return node


def arguments_of(call: Node) -> list[Node]:
    """Return a call's arguments."""
    given = call.child_by_field_name("arguments")
    return [each for each in given.named_children if each.type not in COMMENTS] if given is not None else []


def number(text: str) -> float | None:
    """Return the size of a number as it is written, None where it is none."""
    return abs(float(text.replace("_", ""))) if NUMBER.fullmatch(text) else None


def left_at(body: Node | None) -> int | None:
    """Return the line after which a body runs no further, None where it runs to its end; 1-based."""
    statements = body.named_children if body is not None else []
    if len(statements) == 1 and statements[0].type == "statement_list":
        statements = statements[0].named_children
    for each in statements:
        inner = each.named_children[0] if each.type == "expression_statement" and each.named_children else each
        if inner.type in LEAVING:
            return inner.end_point[0] + 1
    return None


def captures(language: str, query: str, root: Node, rows: tuple[int, int] | None = None) -> Mapping[str, list[Node]]:
    """Return what a query captures, by name; where `rows` are given, from 0 and without the last, what touches them."""
    cursor = QueryCursor(compiled(language, query))
    if rows is not None:
        cursor.set_point_range((rows[0], 0), (rows[1], 0))
    return cursor.captures(root)


@cache
def compiled(language: str, query: str) -> Query:
    """Return a query of a language."""
    return Query(load(languages()[language]).syntax, query)


def under(node: Node, top: Node, kinds: frozenset[str]) -> bool:
    """Return whether a node of one of these kinds stands between a node and `top`."""
    above = node.parent
    while above is not None and above != top:
        if above.type in kinds:
            return True
        above = above.parent
    return False
