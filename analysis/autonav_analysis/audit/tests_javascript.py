"""Reading the tests of JavaScript and TypeScript: jest, vitest, mocha with chai, node's own, ava."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from tree_sitter import Node

from autonav_analysis.audit.tests_javascript_assertions import assertions_of, chain
from autonav_analysis.audit.tests_syntax import (
    COMMENTS,
    arguments_of,
    captures,
    inside,
    on_one_line,
    root_of,
    text_of,
    under,
)
from autonav_analysis.audit.tests_values import UNCOUNTED, Assertion, Found, Kind, Reader, Skip

QUERY = """[
  (call_expression arguments: (arguments . [(string) (template_string)]))
  (function_declaration) (method_definition) (class_declaration)
  (variable_declarator value: [(arrow_function) (function_expression)])
] @definition"""
TESTS = frozenset(("it", "test", "fit", "xit", "xtest", "specify", "ftest"))
SUITES = frozenset(("describe", "suite", "context", "fdescribe", "xdescribe"))
ALONE = frozenset(("only", "fit", "fdescribe", "ftest"))
SKIPPING = frozenset(("skip", "todo", "fails", "failing", "xit", "xtest", "xdescribe"))
SOMETIMES = frozenset(("skipIf", "runIf"))
FUNCTIONS = frozenset(("arrow_function", "function_expression"))
DECIDING = frozenset(("if_statement", "try_statement", "ternary_expression", "switch_case", "binary_expression"))
LISTS = frozenset(("array", "object"))
OPTION = re.compile(r"^(skip|todo)\s*:\s*(?!false)")


def definitions(language: str, root: Node, is_test: bool) -> list[Found]:
    """Return tests, suites, functions and classes, those inside of tests and functions left out."""
    nodes = captures(language, QUERY, root).get("definition", [])
    around: list[tuple[int, str, Kind]] = []
    seen: Counter[str] = Counter()
    found: list[Found] = []
    for node in sorted(nodes, key=lambda each: (each.start_byte, -each.end_byte)):
        while around and around[-1][0] <= node.start_byte:
            around.pop()
        if any(kind is not Kind.SUITE for _, _, kind in around):
            continue
        described = _described(node, is_test)
        if described is None:
            continue
        name, kind, marks = described
        qualified = " > ".join((*(each for _, each, _ in around), name))
        around.append((node.end_byte, name, kind))
        seen[qualified] += 1
        if seen[qualified] > 1:
            qualified += f"#{seen[qualified]}"
        found.append(Found(name, qualified, kind, node, node, marks))
    return found


def assertions(found: Found) -> list[Assertion]:
    """Return what a test or function asserts, in the order in which it is written."""
    return list(_walk(found.node, 0))


def skips(found: Found) -> tuple[tuple[Skip, ...], bool]:
    """Return what skips a test, and whether it is the only one to be run."""
    said = [Skip(each, found.line, each in SOMETIMES) for each in found.marks if each in SKIPPING | SOMETIMES]
    if found.node.type == "call_expression":
        for given in arguments_of(found.node):
            options = given.named_children if given.type == "object" else ()
            said += [Skip(text_of(each), found.line, False) for each in options if OPTION.match(text_of(each))]
    for each in inside(found.node) if found.kind is Kind.TEST else ():
        if each.type != "call_expression":
            continue
        words = chain(each.child_by_field_name("function"))
        if len(words) > 1 and words[-1] in ("skip", "todo") and words[0] in ("ctx", "context", "t", "this"):
            said.append(Skip(on_one_line(each), each.start_point[0] + 1, under(each, found.node, DECIDING)))
    return tuple(said), any(each in ALONE for each in found.marks)


def rows(found: Found) -> int | None:
    """Return how many cases `each` gives a test, where they are written beside it or named in its file."""
    function = found.node.child_by_field_name("function")
    if function is None or function.type != "call_expression" or "each" not in chain(function):
        return None
    given = arguments_of(function)
    if given and given[0].type == "identifier":
        return cases(root_of(found.node)).get(text_of(given[0]), UNCOUNTED)
    return _length(given[0]) if given and given[0].type == "array" else UNCOUNTED


def body(found: Found) -> str:
    """Return what a function does, without the comments on lines of their own."""
    block = body_of(found.node)
    return re.sub(r"(?m)^\s*//.*$", "", text_of(block)) if block is not None else ""


def body_of(node: Node) -> Node | None:
    """Return the body of a function or of a test."""
    if node.type == "call_expression":
        functions = [each for each in arguments_of(node) if each.type in FUNCTIONS]
        return functions[-1].child_by_field_name("body") if functions else None
    value = node.child_by_field_name("value") if node.type == "variable_declarator" else node
    return value.child_by_field_name("body") if value is not None else None


def file_skips(_root: Node) -> tuple[Skip, ...]:
    """Return nothing: no mark skips all tests of a file."""
    return ()


def cases(root: Node) -> Mapping[str, int]:
    """Return the lengths of the lists that are named at the top of the file."""
    found = {}
    for statement in root.named_children:
        each = statement.named_children[0] if statement.type == "export_statement" else statement
        declared = each.named_children if each.type in ("lexical_declaration", "variable_declaration") else ()
        for one in declared:
            value = one.child_by_field_name("value")
            if value is not None and value.type in LISTS:
                found[text_of(one.child_by_field_name("name"))] = _length(value)
    return found


READERS = {
    language: Reader(partial(definitions, language), assertions, skips, rows, body, file_skips, cases)
    for language in ("javascript", "typescript", "tsx")
}


def _described(node: Node, is_test: bool) -> tuple[str, Kind, tuple[str, ...]] | None:
    if node.type != "call_expression":
        kind = Kind.SUITE if node.type == "class_declaration" else Kind.HELPER if is_test else Kind.FUNCTION
        return text_of(node.child_by_field_name("name")), kind, ()
    words = [each for each in chain(node.child_by_field_name("function")) if each != "()"]
    if not is_test or not words or words[0] not in TESTS | SUITES:
        return None
    kind = Kind.TEST if words[0] in TESTS else Kind.SUITE
    return text_of(arguments_of(node)[0]).strip("'\"`"), kind, tuple(words)


def _walk(node: Node, depth: int) -> Iterator[Assertion]:
    if node.type in ("call_expression", "member_expression"):
        said = assertions_of(node, depth)
        if said:
            yield from said
            return
    for child in node.named_children:
        yield from _walk(child, depth + _deeper(node, child))


def _deeper(node: Node, child: Node) -> int:
    """Return whether a child may be passed over, or may fail without being noticed."""
    if node.type == "if_statement":
        return int(child.type in ("statement_block", "else_clause", "expression_statement"))
    if node.type == "try_statement" and child.type == "statement_block":
        handler = text_of(node.child_by_field_name("handler"))
        return int(bool(handler) and not re.search(r"throw|expect|assert|fail", handler))
    if node.type == "call_expression" and child.type == "member_expression":
        handlers = arguments_of(node) if text_of(child.child_by_field_name("property")) == "catch" else []
        return int(any(text_of(each.child_by_field_name("body")).strip("{} \n;") == "" for each in handlers))
    return 0


def _length(values: Node) -> int:
    return sum(each.type not in COMMENTS for each in values.named_children)
