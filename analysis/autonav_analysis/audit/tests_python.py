"""Reading the tests of Python: pytest and unittest."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from tree_sitter import Node

from autonav_analysis.audit.tests_python_assertions import assertions
from autonav_analysis.audit.tests_syntax import COMMENTS, arguments_of, inside, on_one_line, root_of, text_of, under
from autonav_analysis.audit.tests_values import UNCOUNTED, Found, Kind, Reader, Skip

HOLDING = frozenset(
    (
        "if_statement", "try_statement", "with_statement", "else_clause", "elif_clause", "except_clause",
        "finally_clause", "block",
    )
)  # fmt: skip
DECIDING = frozenset(
    ("if_statement", "try_statement", "except_clause", "conditional_expression", "case_clause", "boolean_operator")
)
MARK = re.compile(r"@\s*(pytest\.mark\.|unittest\.|mark\.)?(skipif|skipIf|skipUnless|skip|xfail|expectedFailure)\b")
MARKED_ROW = re.compile(r"marks\s*=\s*[^)]*?\b(skipif|skip|xfail)")
SKIPPING = frozenset(("pytest.skip", "pytest.xfail", "self.skipTest", "skip", "xfail"))
SOMETIMES = re.compile(r"skipif|skipIf|skipUnless|condition\s*=|xfail\s*\(\s*[^)\s\"'=]+\s*[,)]")
FOR_OTHERS = re.compile(r"abstractmethod|overload|fixture|\.group\(")
OPEN_CLASS = re.compile(r"Protocol|ABC|Interface|Base\b|Mixin|Exception|Error")
LISTS = frozenset(("list", "tuple", "dictionary", "set"))


def definitions(root: Node, is_test: bool) -> list[Found]:
    """Return functions and classes, those inside of functions left out."""
    seen: Counter[tuple[int, str]] = Counter()
    found = []
    for whole, node, outer, abstract in _definitions(root, (), False):
        name = text_of(node.child_by_field_name("name"))
        marks = tuple(text_of(each) for each in whole.children if each.type == "decorator")
        kind = Kind.SUITE if node.type == "class_definition" else Kind.HELPER if is_test else Kind.FUNCTION
        if kind is Kind.HELPER and name.startswith("test") and not any("fixture" in each for each in marks):
            kind = Kind.TEST
        block = whole.parent.id if whole.parent is not None else 0
        seen[block, name] += 1
        shadows = kind is Kind.TEST and seen[block, name] > 1 and not any("overload" in each for each in marks)
        left_open = abstract or any(FOR_OTHERS.search(each) for each in marks)
        found.append(Found(name, ".".join((*outer, name)), kind, node, whole, marks, shadows, left_open))
    return found


def skips(found: Found) -> tuple[tuple[Skip, ...], bool]:
    """Return the marks and calls that skip a test."""
    said = [
        Skip(" ".join(mark.split()), found.line, bool(SOMETIMES.search(mark)))
        for mark in found.marks
        if MARK.match(mark)
    ]
    if found.kind is Kind.TEST:
        said += _skips_inside(found)
    return tuple(said), False


def rows(found: Found) -> int | None:
    """Return how many rows `parametrize` gives a test, where they are written beside it or named in its file.

    A fixture of the file that has rows of its own gives them to the tests that take it.
    """
    given = [call[1] for mark in found.whole.children if (call := _marked(mark, "parametrize"))[1:]]
    given += _rows_of_fixtures(found)
    counted = [number for each in given if (number := _rows(each)) is not None]
    return sum(counted) if counted else UNCOUNTED if given else None


def body(found: Found) -> str:
    """Return what a function does, `pass` for nothing."""
    block = found.node.child_by_field_name("body")
    statements = [each for each in block.named_children if each.type not in COMMENTS] if block is not None else []
    if statements and text_of(statements[0]).startswith(('"', "'")):
        statements = statements[1:]
    return "\n".join(text_of(each) for each in statements) or "pass"


def file_skips(root: Node) -> tuple[Skip, ...]:
    """Return what skips all tests of a file."""
    said = []
    for each in root.named_children:
        text = text_of(each) if each.type == "expression_statement" else ""
        marked = text.startswith("pytestmark") and re.search(r"mark\.(skip|xfail)", text)
        if marked or text.startswith("pytest.skip("):
            said.append(Skip(" ".join(text.split()), each.start_point[0] + 1, bool(SOMETIMES.search(text))))
    return tuple(said)


def cases(root: Node) -> Mapping[str, int]:
    """Return the lengths of the lists that are named at the top of the file."""
    found = {}
    for each in root.named_children:
        inner = each.named_children[0] if each.type == "expression_statement" and each.named_children else each
        name, value = inner.child_by_field_name("left"), inner.child_by_field_name("right")
        if inner.type == "assignment" and value is not None and value.type in LISTS:
            found[text_of(name)] = _length(value)
    return found


READER = Reader(definitions, assertions, skips, rows, body, file_skips, cases)


def _definitions(
    block: Node, outer: tuple[str, ...], abstract: bool
) -> Iterator[tuple[Node, Node, tuple[str, ...], bool]]:
    for whole in block.named_children:
        inner = whole.child_by_field_name("definition") if whole.type == "decorated_definition" else None
        node = whole if inner is None else inner
        if node.type == "function_definition":
            yield whole, node, outer, abstract
        elif node.type == "class_definition":
            yield whole, node, outer, abstract
            name = text_of(node.child_by_field_name("name"))
            left_open = OPEN_CLASS.search(text_of(node.child_by_field_name("superclasses")) + name) is not None
            held = node.child_by_field_name("body")
            if held is not None:
                yield from _definitions(held, (*outer, name), left_open)
        elif whole.type in HOLDING:
            yield from _definitions(whole, outer, abstract)


def _skips_inside(found: Found) -> Iterator[Skip]:
    for each in inside(found.whole):
        name = text_of(each.child_by_field_name("function")) if each.type == "call" else ""
        row = MARKED_ROW.search(text_of(each)) if name == "pytest.param" else None
        if row:
            yield Skip(f"{row[1]} of a row", each.start_point[0] + 1, row[1] == "skipif")
        elif name in SKIPPING or (each.type == "raise_statement" and "SkipTest" in text_of(each)):
            yield Skip(on_one_line(each), each.start_point[0] + 1, under(each, found.node, DECIDING))


def _rows_of_fixtures(found: Found) -> Iterator[Node]:
    """Yield what the fixtures of the file that a test takes are given as `params`."""
    parameters = found.node.child_by_field_name("parameters")
    taken = {text_of(each) for each in parameters.named_children} if parameters is not None else set()
    for each in root_of(found.node).named_children if taken else ():
        made = each.child_by_field_name("definition")
        if made is None or text_of(made.child_by_field_name("name")) not in taken:
            continue
        for mark in each.named_children:
            named = (one for one in _marked(mark, "fixture") if one.type == "keyword_argument")
            said = (one for one in named if text_of(one.child_by_field_name("name")) == "params")
            yield from (value for one in said if (value := one.child_by_field_name("value")) is not None)


def _marked(mark: Node, name: str) -> list[Node]:
    """Return what a decorator of this name is given."""
    if mark.type != "decorator" or name not in text_of(mark)[:40]:
        return []
    call = next((each for each in inside(mark) if each.type == "call"), None)
    return arguments_of(call) if call is not None else []


def _rows(values: Node) -> int | None:
    if values.type == "identifier":
        return cases(root_of(values)).get(text_of(values))
    return _length(values) if values.type in ("list", "tuple") else None


def _length(values: Node) -> int:
    return sum(each.type not in COMMENTS for each in values.named_children)
