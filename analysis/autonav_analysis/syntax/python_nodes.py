"""Walking Python's syntax, for its rewrites."""

from collections.abc import Iterator

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Site

STATEMENTS = frozenset(
    ("expression_statement", "return_statement", "break_statement", "continue_statement", "raise_statement",
     "if_statement", "for_statement", "while_statement", "delete_statement", "assert_statement", "with_statement",
     "try_statement", "function_definition", "decorated_definition", "import_statement", "import_from_statement")
)  # fmt: skip
VALUES = frozenset(
    ("identifier", "attribute", "call", "subscript", "integer", "float", "binary_operator", "unary_operator")
)


def nodes(site: Site, *types: str) -> Iterator[Node]:
    """Yield the nodes of these types in the function's body, in the order they begin.

    In a module these are the nodes outside the bodies of functions: what runs when the module is imported.
    """
    whole = site.function.type == "module"
    body = site.function if whole else site.function.child_by_field_name("body")
    waiting = [body] if body is not None else []
    while waiting:
        node = waiting.pop()
        if not types or node.type in types:
            yield node
        inner = node.child_by_field_name("body") if whole and node.type == "function_definition" else None
        waiting.extend(each for each in reversed(node.children) if each != inner)


def walk(root: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order they begin."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def text(site: Site, node: Node) -> bytes:
    """Return a node's own bytes."""
    return site.source[node.start_byte : node.end_byte]


def put(node: Node, new: bytes) -> Replacement:
    """Return the replacement of a whole node."""
    return Replacement(node.start_byte, node.end_byte, new)


def swapped(site: Site, first: Node, second: Node) -> Replacement:
    """Return the replacement that exchanges two nodes and keeps what stands between them."""
    between = site.source[first.end_byte : second.start_byte]
    return Replacement(first.start_byte, second.end_byte, text(site, second) + between + text(site, first))


def is_read(node: Node) -> bool:
    """Return whether a name or expression stands where its value is used: not a target, a keyword, or a callee."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type in ("attribute", "keyword_argument") and parent.children[0] != node and parent.type == "attribute":
        return False
    roles = {
        "assignment": "left",
        "augmented_assignment": "left",
        "for_statement": "left",
        "for_in_clause": "left",
        "keyword_argument": "name",
        "call": "function",
        "named_expression": "name",
    }
    role = roles.get(parent.type)
    if role is not None and parent.child_by_field_name(role) == node:
        return False
    return parent.type not in (
        "parameters", "lambda_parameters", "default_parameter", "typed_parameter", "typed_default_parameter",
        "pattern_list", "tuple_pattern", "function_definition", "class_definition", "import_statement", "dotted_name",
        "import_from_statement", "aliased_import", "global_statement", "nonlocal_statement", "as_pattern_target", "type",
    )  # fmt: skip


def conditions(site: Site) -> Iterator[Node]:
    """Yield the condition of every if, elif, while and conditional clause."""
    for node in nodes(site, "if_statement", "elif_clause", "while_statement"):
        if (condition := node.child_by_field_name("condition")) is not None:
            yield condition


def statements(site: Site) -> Iterator[Node]:
    """Yield the statements of every block in the function, docstrings left out."""
    for node in nodes(site, *STATEMENTS):
        if node.parent is not None and node.parent.type == "block" and not _is_docstring(node):
            yield node


def line_start(site: Site, node: Node) -> int:
    """Return the byte at which the line of a node begins."""
    return site.source.rfind(b"\n", 0, node.start_byte) + 1


def line_end(site: Site, node: Node) -> int:
    """Return the byte after the line break that follows a node."""
    end = site.source.find(b"\n", node.end_byte)
    return len(site.source) if end < 0 else end + 1


def indentation(site: Site, node: Node) -> bytes:
    """Return the white space before a node on its line."""
    return site.source[line_start(site, node) : node.start_byte]


def _is_docstring(node: Node) -> bool:
    return node.type == "expression_statement" and bool(node.children) and node.children[0].type == "string"
