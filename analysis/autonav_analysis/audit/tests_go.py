"""Reading the tests of Go: package testing, testify, and helpers by their names."""

import re
from collections.abc import Iterator, Mapping

from tree_sitter import Node

from autonav_analysis.audit.tests_syntax import (
    ASSERTING,
    COMMENTS,
    arguments_of,
    captures,
    inside,
    normalised,
    number,
    on_one_line,
    text_of,
    under,
)
from autonav_analysis.audit.tests_values import Assertion, Found, Kind, Reader, Skip, Strength, by_name

QUERY = "[(function_declaration) (method_declaration)] @definition"
TEST = re.compile(r"(Test|Fuzz|Example)([^a-z]|$)")
RECEIVER = re.compile(r"\*?([A-Za-z_]\w*)[\[\])]")
TESTING = frozenset(("t", "tb", "b", "f", "tt", "c"))
FAILING = frozenset(("Error", "Errorf", "Fatal", "Fatalf", "Fail", "FailNow"))
SKIPS = re.compile(r"(t|b|tb|tt|f)\.Skip(f|Now)?")
DECIDING = frozenset(("if_statement", "expression_case", "type_case", "select_statement"))
BUILD_TAG = re.compile(r"^//go:build (.*)$|^// \+build (.*)$", re.MULTILINE)
KNOWN_TAGS = re.compile(
    r"[!()|&,\s]|\b(linux|darwin|windows|unix|freebsd|netbsd|openbsd|js|wasm|wasip1|plan9|solaris|android|ios|aix|illumos"
    r"|amd64|arm64|arm|386|riscv64|ppc64(le)?|s390x|cgo|race|gc|gccgo|go1\.\d+)\b"
)
"""What a build tag may say that is true on the machine of some who test."""

TESTIFY = by_name(
    {
        Strength.EXACT: (
            "Equal EqualValues Exactly JSONEq Nil Empty False True NoError ErrorIs EqualError Len Zero ElementsMatch "
            "YAMLEq Equalf DeepEqual PanicsWithValue NotPanics NoErrorf Same"
        ),
        Strength.PARTIAL: (
            "Contains Regexp ErrorContains ErrorAs InDelta InEpsilon Greater GreaterOrEqual Less LessOrEqual Subset "
            "Eventually NotContains Error Panics WithinDuration IsType"
        ),
        Strength.KIND: "NotEqual Implements Errorf FileExists DirExists",
        Strength.PRESENCE: "NotNil NotEmpty NotZero Condition",
    }
)
OF_ONE = frozenset(("True", "False", "NoError", "Nil", "NotNil", "Error", "Empty"))
ASSERTERS = frozenset(("require", "assert", "is", "qt", "td"))
EQUALS = {"==": Strength.EXACT, "!=": Strength.KIND}
LISTS = frozenset(("slice_type", "map_type", "implicit_length_array_type"))


def definitions(root: Node, is_test: bool) -> list[Found]:
    """Return functions and methods."""
    found = []
    for node in captures("go", QUERY, root).get("definition", []):
        name = text_of(node.child_by_field_name("name"))
        receiver = node.child_by_field_name("receiver")
        kind = Kind.HELPER if is_test else Kind.FUNCTION
        if kind is Kind.HELPER and receiver is None and TEST.match(name) and name != "TestMain":
            kind = Kind.TEST
        types = RECEIVER.findall(text_of(receiver))
        found.append(Found(name, f"{types[-1]}.{name}" if types else name, kind, node, node))
    return found


def assertions(found: Found) -> list[Assertion]:
    """Return what a function asserts, in the order in which it is written."""
    body = found.node.child_by_field_name("body")
    return list(_walk(body, ())) if body is not None else []


def skips(found: Found) -> tuple[tuple[Skip, ...], bool]:
    """Return the calls that skip a test."""
    said = [
        Skip(on_one_line(each), each.start_point[0] + 1, under(each, found.node, DECIDING))
        for each in inside(found.node)
        if each.type == "call_expression" and SKIPS.fullmatch(text_of(each.child_by_field_name("function")))
    ]
    return tuple(said), False


def rows(found: Found) -> int | None:
    """Return the length of the longest table of a test."""
    if found.kind is not Kind.TEST:
        return None
    return max((_table(each) for each in inside(found.node)), default=0)


def body(found: Found) -> str:
    """Return what a function does, without the comments on lines of their own."""
    return re.sub(r"(?m)^\s*//.*$", "", text_of(found.node.child_by_field_name("body")))


def file_skips(root: Node) -> tuple[Skip, ...]:
    """Return the build tags of a file."""
    head = text_of(root).split("\npackage ", 1)[0]
    tags = {(each[1] or each[2]).strip(): each for each in BUILD_TAG.finditer(head)}  # both ways of writing say it once
    return tuple(
        Skip(f"//go:build {tag}", head[: each.start()].count("\n") + 1, not KNOWN_TAGS.sub("", tag))
        for tag, each in tags.items()
    )


def cases(root: Node) -> Mapping[str, int]:
    """Return the lengths of the tables that are named at the top of the file."""
    found = {}
    for each in root.named_children:
        if each.type == "var_declaration":
            for one in inside(each):
                if one.type == "var_spec" and (length := max(map(_table, inside(one)), default=0)):
                    found[text_of(one.child_by_field_name("name"))] = length
    return found


READER = Reader(definitions, assertions, skips, rows, body, file_skips, cases)


def _table(node: Node) -> int:
    """Return the length of a list or map that is written out, 0 for another node."""
    written = node.parent.child_by_field_name("type") if node.type == "literal_value" and node.parent else None
    if written is None or written.type not in LISTS:
        return 0
    return sum(each.type not in COMMENTS for each in node.named_children)


def _walk(node: Node, conditions: tuple[Node, ...]) -> Iterator[Assertion]:
    if node.type == "call_expression":
        said = _called(node, conditions)
        if said is not None:
            yield said
            return
    condition = node.child_by_field_name("condition") if node.type == "if_statement" else None
    consequence = node.child_by_field_name("consequence") if condition is not None else None
    for child in node.named_children:
        if condition is None or child != condition:
            inner = condition is not None and child == consequence
            yield from _walk(child, (*conditions, condition) if inner and condition is not None else conditions)


def _called(call: Node, conditions: tuple[Node, ...]) -> Assertion | None:
    function = call.child_by_field_name("function")
    if function is None:
        return None
    if function.type == "identifier":
        name = text_of(function)
        return _helper(call, name, conditions) if ASSERTING.match(name) else None
    if function.type != "selector_expression":
        return None
    object_, method = text_of(function.child_by_field_name("operand")), text_of(function.child_by_field_name("field"))
    if object_ in TESTING and method in FAILING:
        return _failure(call, conditions)
    in_suite = object_ in ("s", "suite") and method in TESTIFY
    if object_ in ASSERTERS or object_.endswith("Require()") or in_suite:
        return _testified(call, method, conditions)
    return _helper(call, f"{object_}.{method}", conditions) if ASSERTING.match(method) else None


def _helper(call: Node, name: str, conditions: tuple[Node, ...]) -> Assertion:
    given = normalised(call.child_by_field_name("arguments"))
    return _made(call, normalised(call), name, given, Strength.PARTIAL, "helper", len(conditions))


def _failure(call: Node, conditions: tuple[Node, ...]) -> Assertion:
    """Return what `t.Error` under these conditions asserts: that the innermost does not hold."""
    if not conditions:
        return _made(call, "fails", "", "", Strength.EXACT, "fails", 0)
    inner = conditions[-1]
    compared = inner.type == "binary_expression"
    subject = normalised(inner.child_by_field_name("left") if compared else inner)
    expected = normalised(inner.child_by_field_name("right")) if compared else ""
    return _made(
        call, f"fails if {normalised(inner)}", subject, expected, _denied(inner), "fails", len(conditions) - 1, inner
    )


def _denied(condition: Node) -> Strength:
    """Return how much it says that a condition does not hold."""
    text = text_of(condition)
    if condition.type != "binary_expression":
        if text in ("true", "false"):
            return Strength.VACUOUS
        return Strength.EXACT if re.search(r"DeepEqual|Equal\(|cmp\.Diff", text) else Strength.PARTIAL
    left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
    operator = text_of(condition.child_by_field_name("operator"))
    if left is None or right is None:
        return Strength.PARTIAL
    if operator == "||":
        return max(_denied(left), _denied(right))
    if operator == "&&":
        return max(Strength.PRESENCE, Strength(min(_denied(left), _denied(right)) - 1))
    part = text_of(left).startswith("len(")
    by_operator = {
        "!=": Strength.PARTIAL if part or text_of(right) == "nil" else Strength.EXACT,
        "==": Strength.PRESENCE if part or text_of(right) == "nil" else Strength.KIND,
    }
    return by_operator.get(operator, Strength.PARTIAL)


def _testified(call: Node, method: str, conditions: tuple[Node, ...]) -> Assertion:
    given = arguments_of(call)
    if given and text_of(given[0]) in ("t", "s.T()", "tt"):
        given = given[1:]
    first, second = (normalised(given[at]) if len(given) > at else "" for at in (0, 1))
    subject, expected = (second, first) if method in ("Equal", "EqualValues") and len(given) > 1 else (first, second)
    strength = TESTIFY.get(method, Strength.PARTIAL)
    if subject and subject == expected:
        strength = Strength.VACUOUS
    elif method == "True" and given:
        operator = text_of(given[0].child_by_field_name("operator"))
        strength = EQUALS.get(operator, Strength.PARTIAL) if operator else Strength.PRESENCE
        if first == "true":
            strength = Strength.VACUOUS
    text = " ".join((method, first) if method in OF_ONE else (method, first, second))
    tolerance = number(normalised(given[2])) if method == "InDelta" and len(given) > 2 else None
    kind = "itself" if strength is Strength.VACUOUS and subject == expected else method
    return _made(call, text, subject, expected, strength, kind, len(conditions), tolerance=tolerance)


def _made(
    call: Node, text: str, subject: str, expected: str, strength: Strength, kind: str, depth: int,
    shown: Node | None = None, *, tolerance: float | None = None,
) -> Assertion:  # fmt: skip
    source = f"if {on_one_line(shown)} {{ {on_one_line(call)} }}" if shown is not None else on_one_line(call)
    return Assertion(text, subject, expected, strength, kind, call.start_point[0] + 1, source, depth, tolerance)
