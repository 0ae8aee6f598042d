"""New answers to one written input: `if argument == LITERAL: return LITERAL`."""

import re
from collections.abc import Iterator

from tree_sitter import QueryCursor, Tree

from autonav_analysis.audit.tests_syntax import compiled, on_one_line, text_of
from autonav_analysis.audit.tests_values import SpecialCase
from autonav_protocol.values.audit import AuditedFile

JAVASCRIPT = """(if_statement condition: (parenthesized_expression (binary_expression) @condition)
  consequence: [(return_statement) @return (statement_block . (return_statement) @return .)]) @if"""
QUERIES = {
    "python": "(if_statement condition: (comparison_operator) @condition consequence: (block . (return_statement) @return .)) @if",
    "javascript": JAVASCRIPT,
    "typescript": JAVASCRIPT,
    "tsx": JAVASCRIPT,
    "go": """(if_statement condition: (binary_expression) @condition
  consequence: (block (statement_list . (return_statement) @return .))) @if""",
    "rust": """(if_expression condition: (binary_expression) @condition
  consequence: (block [(expression_statement (return_expression) @return) (integer_literal) @return (string_literal) @return])) @if""",
}
IS_LITERAL = re.compile(
    r"(==|===|\bin\b|is)\s*(-?\d[\d_.]*|\"[^\"]*\"|'[^']*'|\[[^\]]*\]|\{[^}]*\}|\([\d\s,'\"]*\))\s*\)?$"
)
LITERAL = re.compile(r"-?\d[\d_.]*|\"[^\"]+\"|'[^']+'|\[[^\[\]]*\]|\([\d\s,'\"]*\)|True|False|true|false|None|null|nil")
PLAIN_INPUTS = frozenset(("0", "1", "-1", '""', "''", "[]", "{}", "()", "None"))
PLAIN_OUTPUTS = frozenset(("None", "null", "nil", "True", "False", "true", "false", "0", "1", "-1", '""', "''", "[]"))


def special_cases(language: str, tree: Tree, file: AuditedFile) -> Iterator[SpecialCase]:
    """Yield those on lines that a change adds to a file that was there before; ordinary values left out."""
    query = QUERIES.get(language)
    for hunk in file.change.hunks if query is not None and file.before is not None else ():
        if not hunk.new_count:
            continue
        cursor = QueryCursor(compiled(language, query))
        cursor.set_point_range((hunk.new_line - 1, 0), (hunk.new_line - 1 + hunk.new_count, 0))
        for _, found in cursor.matches(tree.root_node):
            whole, condition, returned = (found[name][0] for name in ("if", "condition", "return"))
            given = IS_LITERAL.search(text_of(condition).strip())
            answer = text_of(returned).removeprefix("return").strip().rstrip(";").strip()
            if given is None or not LITERAL.fullmatch(answer) or whole.start_point[0] < hunk.new_line - 1:
                continue
            if given[2] not in PLAIN_INPUTS and answer not in PLAIN_OUTPUTS:
                yield SpecialCase(whole.start_point[0] + 1, given[2], answer, on_one_line(whole))
