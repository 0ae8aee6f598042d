"""Reading Python's ifs: their branches, the negation and joining of their conditions, and what they choose."""

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis.rewrite import Site
from autonav_analysis.syntax.python_bindings import EXTRAS, walk
from autonav_analysis.syntax.python_nodes import text

NESTING = frozenset(("if_statement", "for_statement", "while_statement", "except_clause", "conditional_expression"))
"""What costs more the deeper it stands."""

FLIPPED = {"is": b"is not", "is not": b"is", "in": b"not in", "not in": b"in", "==": b"!="}
ATOMS = frozenset(("identifier", "attribute", "call", "subscript", "parenthesized_expression", "true", "false"))
LOOSE = frozenset(("boolean_operator", "conditional_expression", "lambda", "named_expression"))
TRUTHS = frozenset(("is", "is not", "in", "not in"))


class Branch(NamedTuple):
    """A branch of an if: the node it begins with, its condition (None for else), its colon and its body."""

    node: Node
    condition: Node | None
    colon: Node
    body: Node


class Choice(NamedTuple):
    """Two statements of which an if runs one, and the bytes of the if and what belongs to it."""

    condition: Node
    first: Node
    second: Node
    start: int
    end: int


def inside(block: Node) -> list[Node]:
    """Return the statements of a block."""
    return [each for each in block.named_children if each.type not in EXTRAS]


def branches(node: Node) -> list[Branch]:
    """Return the branches of an if, of an `elif` taken alone, or of a loop; none where its syntax is broken."""
    found = []
    for each in (node, *node.children_by_field_name("alternative")):
        body = each.child_by_field_name("consequence") or each.child_by_field_name("body")
        colon = next((part for part in each.children if part.type == ":"), None)
        if body is None or colon is None or each.has_error or not inside(body):
            return []
        found.append(Branch(each, each.child_by_field_name("condition"), colon, body))
    return found


def blocks(site: Site) -> Iterator[Node]:
    """Yield every block of the function, the outermost first."""
    body = site.function.child_by_field_name("body")
    for node in walk(body) if body is not None else ():
        if node.type == "block":
            yield node


def negated(site: Site, condition: Node) -> bytes:
    """Return what is true where a condition is not: the operator of `is`, `in` and `==` flipped, else `not (...)`."""
    own = text(site, condition)
    if condition.type == "not_operator":
        argument = condition.child_by_field_name("argument")
        return text(site, argument) if argument is not None else b"not (" + own + b")"
    operator = _operator(condition)
    if operator in FLIPPED and condition.type == "comparison_operator":
        left, right = condition.named_children[0], condition.named_children[-1]
        return text(site, left) + b" " + FLIPPED[operator] + b" " + text(site, right)
    return b"not " + own if condition.type in ATOMS else b"not (" + own + b")"


def operand(site: Site, condition: Node, operator: str) -> bytes:
    """Return a condition as an operand of `and` or `or`, in brackets where another operator joins it."""
    own = text(site, condition)
    loose = condition.type in LOOSE and _operator(condition) != operator
    return b"(" + own + b")" if loose else own


def is_truth(condition: Node) -> bool:
    """Return whether a condition is True or False itself, whatever its operands are."""
    if condition.type == "parenthesized_expression":
        return is_truth(condition.named_children[0])
    if condition.type == "boolean_operator":
        left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
        return left is not None and right is not None and is_truth(left) and is_truth(right)
    return condition.type in ("not_operator", "true", "false") or _operator(condition) in TRUTHS


def choices(site: Site) -> Iterator[Choice]:
    """Yield each if of two branches of one statement each, also where the second is the return that follows it."""
    for block in blocks(site):
        statements = block.named_children
        for index, node in enumerate(statements):
            found = branches(node) if node.type == "if_statement" else []
            condition = found[0].condition if found else None
            if condition is None or len(inside(found[0].body)) != 1:
                continue
            first = inside(found[0].body)[0]
            if len(found) == 2 and found[1].condition is None and len(inside(found[1].body)) == 1:
                yield Choice(condition, first, inside(found[1].body)[0], node.start_byte, node.end_byte)
            elif len(found) == 1 and first.type == "return_statement" and index + 1 < len(statements):
                after = statements[index + 1]
                if after.type == "return_statement":
                    yield Choice(condition, first, after, node.start_byte, after.end_byte)


def returned(statement: Node) -> Node | None:
    """Return the value of a return, None where the statement is none or returns none."""
    values = [each for each in statement.named_children if each.type not in EXTRAS]
    return values[0] if statement.type == "return_statement" and values else None


def same_code(one: Node, other: Node) -> bool:
    """Return whether two pieces are the same, layout and comments aside."""
    return _words(one) == _words(other)


def _operator(condition: Node) -> str:
    """Return the operator of a condition that has exactly one, "" of any other."""
    if condition.type == "boolean_operator":
        found = condition.child_by_field_name("operator")
        return found.type if found is not None else ""
    operators = condition.children_by_field_name("operators") if condition.type == "comparison_operator" else []
    return operators[0].type if len(operators) == 1 else ""


def _words(node: Node) -> list[tuple[str, int, bytes | None]]:
    """Return the nodes in order with how many are right below each, and the text of leaves and strings."""
    return [
        (
            each.type,
            sum(below.type not in EXTRAS for below in each.children),
            each.text if not each.children or each.type == "string" else None,
        )
        for each in walk(node)
        if each.type not in EXTRAS
    ]
