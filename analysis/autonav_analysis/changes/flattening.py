"""The changed lines of a text as tokens that say where each stands in the tree: equal tokens, equal trees."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node, Tree

Rows = tuple[int, int]
"""0-based rows [first, last)."""

COMMENTS = ("comment", "line_comment", "block_comment", "multiline_comment", "html_comment")
DIRECTIVE = re.compile(
    rb"^#!|^//go:|^//\s*\+build|^///|^//!|^/\*[*!]\s*@|^//export |^#\s*frozen_string_literal|\bautonav:"
    rb"|\b(type:|noqa|nosec|pragma|pylint|mypy|pyright|ruff|flake8|isort|fmt:|yapf|coding[:=]|ty:)"
    rb"|eslint|oxlint|biome-|prettier|@ts-|@jsx|@flow|tslint|jshint|istanbul|\bc8 |v8 ignore|webpack|@vite|#__PURE__"
    rb"|sourceMappingURL|nolint|lint:|NOLINT|NOSONAR|clang-format|rubocop|shellcheck|rustfmt|cSpell|spell-?check"
)
"""Comments that speak to a program, or are compiled: no mere comments."""

WHOLE = re.compile(r"string|heredoc|regex|char_literal|character|format_spec")
"""Inside of these white space and every character count, that of code between braces aside."""

INTERPOLATION = re.compile(r"^(interpolation|template_substitution)$")

IMPORTS = frozenset({
    "import_statement", "import_from_statement", "import_declaration", "use_declaration", "extern_crate_declaration",
    "preproc_include", "using_directive", "import", "import_header", "namespace_use_declaration",
})  # fmt: skip
LISTS = frozenset({
    "argument_list", "arguments", "parameters", "formal_parameters", "parameter_list", "list", "set", "dictionary",
    "array", "object", "array_expression", "literal_value", "named_imports", "import_from_statement", "use_list",
    "enum_variant_list", "field_initializer_list", "field_declaration_list", "type_parameters", "type_arguments",
    "hash", "value_arguments", "enum_body",
})  # fmt: skip
"""Where a comma before the closing bracket says nothing."""

TUPLES = ("tuple", "tuple_expression", "tuple_pattern")
"""There it says nothing after another comma."""

CLOSING = (")", "]", "}", ">")
SEMICOLONS = frozenset({
    "expression_statement", "lexical_declaration", "variable_declaration", "return_statement", "break_statement",
    "continue_statement", "throw_statement", "import_statement", "export_statement", "debugger_statement",
})  # fmt: skip
SCRIPTS = ("javascript", "typescript", "tsx")
QUOTED = re.compile(rb"([rRbBuUfF]{0,2})(['\"])([^'\"\\{}\n]*)\2")


class Token(NamedTuple):
    """A leaf that counts: its text, its kind, the kinds around it (hashed), how many nodes begin and end with it.

    `indent` is where it begins a line, in Python and outside of brackets, else -1: grammars are lenient about it.
    """

    text: bytes
    kind: str
    around: int
    begins: int
    ends: int
    indent: int
    node: Node
    imported: bool

    @property
    def place(self) -> tuple[str, int, int, int, int]:
        """Where it stands in the tree."""
        return self.kind, self.around, self.begins, self.ends, self.indent


class _Visit(NamedTuple):
    node: Node
    around: int
    begins: int
    ends: int
    imported: bool
    enclosed: bool


class Flat(NamedTuple):
    """What stands on some rows: the tokens, and the texts of comments."""

    tokens: list[Token]
    comments: list[bytes]


def flattened(language: str, tree: Tree, rows: Sequence[Rows]) -> list[Flat]:
    """Return what stands on each run of rows, which are in order and apart."""
    found = [Flat([], []) for _ in rows]
    ends = [end for _, end in rows]
    root = tree.root_node
    waiting = [_Visit(root, hash(root.type), 0, 0, False, False)]
    text = b" " * root.start_byte + (root.text or b"")
    cgo = language == "go" and b'import "C"' in text
    while waiting:
        visit = waiting.pop()
        node = visit.node
        first, last = node.start_point[0], node.end_point[0]
        at = bisect_left(ends, first + 1)
        if at == len(rows) or rows[at][0] > last:
            continue
        if node.type in COMMENTS and not _is_directive(node, cgo):
            _put(found, rows, at, last, comment=node.text or b"")
        elif _is_leaf(language, node):
            indent = _indent(text, node) if language == "python" and not visit.enclosed else -1
            token = Token(_text(language, node), node.type, *visit[1:4], indent, node, visit.imported)
            if node.end_byte > node.start_byte:
                _put(found, rows, at, last, token=token)
        else:
            waiting.extend(reversed(list(_inside(language, visit))))
    return found


def text_around(node: Node) -> Node | None:
    """Return the text, or the part of one, that a node lies in; None for code, that which fills a text as well."""
    above: Node | None = node
    while above is not None and not WHOLE.search(above.type):
        if INTERPOLATION.search(above.type):
            return above if _shows_its_code(above) else None
        above = above.parent
    return above


def _put(
    found: list[Flat], rows: Sequence[Rows], at: int, last: int, *, token: Token | None = None, comment: bytes = b""
) -> None:
    while at < len(rows) and rows[at][0] <= last:
        if token is not None:
            found[at].tokens.append(token)
        else:
            found[at].comments.append(comment)
        at += 1


def _inside(language: str, visit: _Visit) -> Iterator[_Visit]:
    """Yield the children; those that say nothing are passed over, comments are yielded apart."""
    node = visit.node
    children = node.children
    dropped = {index for index in range(len(children)) if _says_nothing(language, node, children, index)}
    kept = [
        index for index, each in enumerate(children)
        if index not in dropped and each.type not in COMMENTS and each.end_byte > each.start_byte
    ]  # fmt: skip
    is_transparent = language == "python" and node.type == "parenthesized_expression"
    around = visit.around if is_transparent else hash((visit.around, node.type))
    own = 0 if is_transparent else 1
    imported = visit.imported or node.type in IMPORTS
    enclosed = visit.enclosed
    for index, child in enumerate(children):
        if index in dropped:
            enclosed = enclosed or child.type == "("
            continue
        begins = visit.begins + own if kept and index == kept[0] else 0
        ends = visit.ends + own if kept and index == kept[-1] else 0
        yield _Visit(child, around, begins, ends, imported, enclosed)
        enclosed = enclosed or child.type in ("(", "[", "{")


def _says_nothing(language: str, node: Node, children: list[Node], index: int) -> bool:
    kind = children[index].type
    if kind == ",":
        after = next((each.type for each in children[index + 1 :] if each.type not in COMMENTS), "")
        before = next((each.type for each in reversed(children[:index]) if each.type not in COMMENTS), ",")
        if after not in CLOSING or before in (",", "[", "(", "{") or language in ("c", "cpp"):
            return False
        return node.type in LISTS or (node.type in TUPLES and sum(each.type == "," for each in children) > 1)
    if kind in ("(", ")"):
        return language == "python" and node.type in ("parenthesized_expression", "import_from_statement")
    if kind == ";" and language in SCRIPTS:
        return node.type in SEMICOLONS and (node.parent is None or node.parent.type != "for_statement")
    return False


def _is_leaf(language: str, node: Node) -> bool:
    if node.child_count == 0 or (WHOLE.search(node.type) and not _is_filled(language, node)):
        return True
    text, start, at = node.text or b"", node.start_byte, 0
    for child in node.children:
        if text[at : child.start_byte - start].strip(b" \t\r\n\\\f\v"):
            return True  # it holds text that none of its children does
        at = child.end_byte - start
    return bool(text[at:].strip())


def _is_filled(language: str, text: Node) -> bool:
    """Return whether a text is filled with code, and all around that is told apart by its children."""
    if language not in ("python", *SCRIPTS):
        return False
    if text.type == "concatenated_string":
        return True
    ends = [text.start_byte, *(each.end_byte for each in text.children)]
    filled = [each for each in text.children if INTERPOLATION.search(each.type)]
    is_tiled = ends == [*(each.start_byte for each in text.children), text.end_byte]
    return bool(filled) and is_tiled and not any(_shows_its_code(each) or _is_of_many_lines(each) for each in filled)


def _shows_its_code(interpolation: Node) -> bool:
    """Return whether what is written is shown beside its value, as by `{x=}`."""
    return any(each.type == "=" for each in interpolation.children)


def _is_of_many_lines(node: Node) -> bool:
    """Return whether a node goes on to another line: between braces not every version reads that."""
    return node.start_point[0] != node.end_point[0]


def _indent(text: bytes, node: Node) -> int:
    column = node.start_point[1]
    return column if not text[node.start_byte - column : node.start_byte].strip() else -1


def _is_directive(comment: Node, cgo: bool) -> bool:
    return cgo or bool(DIRECTIVE.search(comment.text or b""))


def _text(language: str, node: Node) -> bytes:
    text = node.text or b""
    if node.type == "string" and language in ("python", *SCRIPTS) and (match := QUOTED.fullmatch(text)):
        if language == "python" and _fills_a_text(node):
            return text  # where the quotes around it may have to be others
        return match[1] + b'"' + match[3] + b'"'
    return text


def _fills_a_text(node: Node) -> bool:
    above = node.parent
    while above is not None and not INTERPOLATION.search(above.type):
        above = above.parent
    return above is not None
