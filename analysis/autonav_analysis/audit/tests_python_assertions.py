"""Reading what tests of Python assert: `assert`, `pytest.raises`, unittest's methods, mocks, numpy and pandas."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis.audit.tests_syntax import (
    ASSERTING,
    arguments_of,
    inside,
    normalised,
    number,
    on_one_line,
    text_of,
)
from autonav_analysis.audit.tests_values import Assertion, Found, Strength, by_name

NAMED = by_name(
    {
        Strength.EXACT: (
            "assertEqual assertEquals assertIs assertDictEqual assertListEqual assertCountEqual assertSetEqual "
            "assertTupleEqual assertMultiLineEqual assertSequenceEqual assertIsNone "
            "assert_called_once_with assert_has_calls assert_awaited_once_with assert_array_equal assert_frame_equal "
            "assert_series_equal assert_equal assert_not_called assert_called_once assertJSONEqual assertHTMLEqual "
            "assertNumQueries assertRedirects"
        ),
        Strength.PARTIAL: (
            "assertAlmostEqual assertIn assertNotIn assertRegex assertGreater assertGreaterEqual assertLess "
            "assertLessEqual assertRaises assertRaisesRegex assertWarns assertWarnsRegex assertLogs "
            "assert_called_with assert_any_call assert_awaited assert_allclose assert_almost_equal "
            "assert_array_almost_equal assertContains assertNotContains assertTemplateUsed assert_awaited_with"
        ),
        Strength.KIND: "assertIsInstance assertNotIsInstance assertNotEqual assertIsNot assert_called assertHasAttr",
        Strength.PRESENCE: "assertTrue assertFalse assertIsNotNone assert_ assert_true assert_false assert_is_not_none",
    }
)
COMPARING = frozenset(
    (
        "assert_equal", "assert_allclose", "assert_array_equal", "assert_almost_equal", "assert_array_almost_equal",
        "assert_frame_equal", "assert_series_equal", "assert_", "assert_true", "assert_false", "assert_is_not_none",
    )
)  # fmt: skip
"""Functions named assert_ that take what they check as their first argument; the others are methods of mocks."""

RAISING = frozenset(("raises", "deprecated_call", "warns", "assertRaises", "assertRaisesRegex", "assertWarns"))
ANY_EXCEPTION = frozenset(("Exception", "BaseException", "( Exception )"))
CHECKS_KIND = frozenset(("isinstance", "issubclass", "hasattr", "callable", "any"))
CHECKS_PART = frozenset(
    (
        "allclose", "isclose", "array_equal", "startswith", "endswith", "match", "search", "fullmatch", "issubset",
        "equals", "array_equiv", "all",
    )
)  # fmt: skip
OF_A_TEXT = frozenset(("startswith", "endswith"))
"""Of these the subject is what they are called on."""

TOLERANCES = {"delta": 1, "rtol": 1, "atol": 1, "places": -1, "decimal": -1}
"""Keywords of tolerances; of those with -1 a larger number lets less pass."""

APPROXIMATELY = re.compile(r"(?:abs|rel) = ([\d.eE_+-]+)")
ENVIRONMENT = re.compile(r"\b(sys\.(version_info|platform)|os\.name|platform\.\w+|PYPY|PY\d+|WINDOWS|IS_\w+)\b")
"""Conditions that ask where tests run: each of their branches is run somewhere."""

AT_LEAST_SOMETHING = frozenset(((">", "0"), (">=", "0"), (">", "- 1"), (">=", "- 1")))


class Claim(NamedTuple):
    """What one part of a condition says."""

    strength: Strength
    subject: str
    expected: str
    kind: str
    text: str
    tolerance: float | None = None


def assertions(found: Found) -> list[Assertion]:
    """Return what a function asserts, in the order in which it is written."""
    body = found.node.child_by_field_name("body")
    return list(_walk(body, 0)) if body is not None else []


def _walk(node: Node, depth: int) -> Iterator[Assertion]:
    if node.type == "assert_statement":
        yield from _asserted(node, depth)
        return
    if node.type in ("class_definition", "lambda"):
        return
    if node.type == "call":
        yield from _called(node, depth)
    for child in node.named_children:
        yield from _walk(child, depth + _deeper(node, child))


def _deeper(node: Node, child: Node) -> int:
    """Return whether a child may be passed over, or may fail without being noticed."""
    if node.type == "if_statement":
        return int(child.type in ("block", "elif_clause", "else_clause"))
    if node.type == "try_statement" and child.type == "block":
        handlers = [each for each in node.named_children if each.type == "except_clause"]
        return int(any(not any(_fails(one) for one in inside(each)) for each in handlers))
    if node.type == "with_statement" and child.type == "block":
        return int("suppress" in text_of(node.named_children[0]))
    return 0


def _fails(node: Node) -> bool:
    called = text_of(node.child_by_field_name("function")) if node.type == "call" else ""
    return node.type == "raise_statement" or called in ("self.fail", "pytest.fail")


def _asserted(node: Node, depth: int) -> Iterator[Assertion]:
    condition = node.named_children[0] if node.named_children else None
    for claim in claims(condition) if condition is not None else ():
        yield _assertion(claim, node, depth)


def _assertion(claim: Claim, node: Node, depth: int) -> Assertion:
    return Assertion(
        claim.text,
        claim.subject,
        claim.expected,
        claim.strength,
        claim.kind,
        node.start_point[0] + 1,
        on_one_line(node),
        depth,
        claim.tolerance,
        by_environment=depth > 0 and _by_environment(node),
    )


def _by_environment(node: Node) -> bool:
    above = node.parent
    while above is not None and above.type != "function_definition":
        if above.type == "if_statement" and ENVIRONMENT.search(text_of(above.child_by_field_name("condition"))):
            return True
        above = above.parent
    return False


def claims(condition: Node) -> list[Claim]:
    """Return what a condition says; those joined by `and` one by one."""
    if condition.type in READERS:
        return READERS[condition.type](condition)
    text = normalised(condition)
    return [Claim(Strength.PRESENCE, text, "", "truth", text)]


def _in_brackets(condition: Node) -> list[Claim]:
    return claims(condition.named_children[0]) if condition.named_children else []


def _always(condition: Node) -> list[Claim]:
    text = normalised(condition)
    return [Claim(Strength.VACUOUS, text, "", "constant", text)]


def _joined(condition: Node) -> list[Claim]:
    sides = [condition.child_by_field_name(name) for name in ("left", "right")]
    both = [claim for side in sides if side is not None for claim in claims(side)]
    if text_of(condition.child_by_field_name("operator")) == "and" or not both:
        return both
    weakest = min(claim.strength for claim in both)
    strength = weakest if weakest <= Strength.VACUOUS else max(Strength.PRESENCE, Strength(weakest - 1))
    first = both[0]
    return [Claim(strength, first.subject, first.expected or normalised(sides[1]), "or", normalised(condition))]


def _negated(condition: Node) -> list[Claim]:
    inner = condition.child_by_field_name("argument")
    while inner is not None and inner.type == "parenthesized_expression" and inner.named_children:
        inner = inner.named_children[0]
    text = normalised(condition)
    if inner is None or inner.type not in ("comparison_operator", "call"):
        return [Claim(Strength.PRESENCE, normalised(inner), "", "not", text)]
    weaker = {Strength.EXACT: Strength.KIND} if inner.type == "comparison_operator" else {}
    return [
        each._replace(strength=weaker.get(each.strength, each.strength), kind=f"not {each.kind}", text=text)
        for each in claims(inner)
    ]


def _compared(condition: Node) -> list[Claim]:
    left, right = condition.named_children[0], condition.named_children[-1]
    operator = " ".join(text_of(each) for each in condition.children if not each.is_named)
    subject, expected, text = normalised(left), normalised(right), normalised(condition)
    strength, tolerance = Strength.PARTIAL, None
    if operator in ("==", "is"):
        return [_equal(left, right, operator, text)]
    if set(operator.split()) == {"=="}:
        others = condition.named_children[:-1]
        return [_equal(each, right, "==", f"{normalised(each)} == {expected}") for each in others]
    if operator in ("is not", "!="):
        strength = Strength.PRESENCE if expected == "None" else Strength.KIND
    elif operator == "in" and right.type in ("tuple", "list", "set"):
        tolerance = float(right.named_child_count)
    elif (operator, expected) in AT_LEAST_SOMETHING:
        strength = Strength.PRESENCE
    elif operator in ("<", "<="):
        tolerance = number(expected)
    return [Claim(strength, subject, expected, operator, text, tolerance)]


def _equal(left: Node, right: Node, operator: str, text: str) -> Claim:
    subject, expected = normalised(left), normalised(right)
    if subject == expected:
        return Claim(Strength.VACUOUS, subject, expected, "itself", text)
    if "approx" in subject + expected:
        given = [number(each) or 0.0 for each in APPROXIMATELY.findall(f"{subject} {expected}")]
        return Claim(Strength.PARTIAL, subject, expected, "approx", text, max(given, default=None))
    if expected == "True":
        said = claims(left)
        if len(said) == 1 and said[0].strength > Strength.PRESENCE:
            return said[0]._replace(subject=subject, expected=expected, kind=operator, text=text)
    strength = Strength.EXACT
    if left.type == "call" and subject.startswith("type ("):
        strength = Strength.KIND
    elif _is_length(left, subject) or _is_length(right, expected):
        strength = Strength.PARTIAL
    return Claim(strength, subject, expected, operator, text)


def _is_length(node: Node, text: str) -> bool:
    return node.type == "call" and text.startswith("len (")


def _true_call(condition: Node) -> list[Claim]:
    function = condition.child_by_field_name("function")
    last = normalised(function).split(" ")[-1]
    given, text = arguments_of(condition), normalised(condition)
    first, second = (normalised(given[at]) if len(given) > at else "" for at in (0, 1))
    if last in CHECKS_KIND:
        return [Claim(Strength.KIND, first, second, last, text)]
    if last in OF_A_TEXT and function is not None:
        return [Claim(Strength.PARTIAL, normalised(function.child_by_field_name("object")), first, last, text)]
    if last in CHECKS_PART:
        return [Claim(Strength.PARTIAL, first, second, last, text)]
    return [Claim(Strength.PRESENCE, text, "", "truth", text)]


READERS: Mapping[str, Callable[[Node], list[Claim]]] = {
    "parenthesized_expression": _in_brackets,
    "boolean_operator": _joined,
    "not_operator": _negated,
    "comparison_operator": _compared,
    "call": _true_call,
    "true": _always,
    "integer": _always,
    "string": _always,
    "tuple": _always,
}


def _called(call: Node, depth: int) -> Iterator[Assertion]:
    """Yield what a call asserts by its name."""
    function = call.child_by_field_name("function")
    name, receiver = text_of(function).rsplit(".", 1)[-1], normalised(function)
    given = arguments_of(call)
    positional = [each for each in given if each.type != "keyword_argument"]
    named = {
        text_of(each.child_by_field_name("name")): each.child_by_field_name("value")
        for each in given
        if each.type == "keyword_argument"
    }
    if name in RAISING and (name != "warns" or "pytest" in receiver):
        yield _assertion(_raised(call, name, positional, named), call, depth)
    elif name == "fail" and receiver.startswith(("pytest", "self")):
        yield _assertion(Claim(Strength.PARTIAL, receiver, "", "fail", normalised(call)), call, depth)
    elif name in NAMED:
        for claim in _by_name(call, name, positional, named):
            yield _assertion(claim, call, depth)
    elif ASSERTING.match(name):
        said = normalised(call.child_by_field_name("arguments"))
        yield _assertion(Claim(Strength.PARTIAL, receiver, said, "helper", normalised(call)), call, depth)


def _raised(call: Node, name: str, positional: list[Node], named: Mapping[str, Node | None]) -> Claim:
    expected = normalised(positional[0]) if positional else ""
    exact = "match" in named or name == "assertRaisesRegex"
    strength = Strength.EXACT if exact else Strength.PARTIAL
    if expected in ANY_EXCEPTION:
        strength = Strength.PARTIAL if exact else Strength.KIND
    accepted = positional[0].named_child_count if positional and positional[0].type == "tuple" else 1
    return Claim(strength, "raises", expected, "raises", normalised(call), float(accepted))


def _as_operator(name: str, subject: str, expected: str) -> Strength:
    """Return the strength of a method, that of the operator where one says the same."""
    if name in ("assertNotEqual", "assertIsNot") and expected == "None":
        return Strength.PRESENCE
    if name in ("assertGreater", "assertGreaterEqual") and expected == "0":
        return Strength.PRESENCE
    if name in ("assertEqual", "assertEquals", "assert_equal"):
        if subject.startswith("len (") or expected.startswith("len ("):
            return Strength.PARTIAL
        if subject.startswith("type ("):
            return Strength.KIND
    return NAMED[name]


def _by_name(call: Node, name: str, positional: list[Node], named: Mapping[str, Node | None]) -> list[Claim]:
    text = normalised(call)
    function = call.child_by_field_name("function")
    if name in ("assertTrue", "assert_", "assert_true") and positional:
        return [claim._replace(text=text) for claim in claims(positional[0])]
    subject = normalised(positional[0]) if positional else normalised(function)
    expected = " | ".join(normalised(each) for each in positional[1:])
    if name.startswith("assert_") and name not in COMPARING and function is not None:
        subject = normalised(function.child_by_field_name("object"))
        expected = normalised(call.child_by_field_name("arguments"))
    strength = _as_operator(name, subject, expected)
    if (
        name in ("assertEqual", "assertIs", "assert_equal")
        and len(positional) > 1
        and subject == normalised(positional[1])
    ):
        return [Claim(Strength.VACUOUS, subject, subject, "itself", text)]
    tolerances = [
        sign * size for each, sign in TOLERANCES.items() if (size := number(text_of(named.get(each)))) is not None
    ]
    return [Claim(strength, subject, expected, name, text, tolerances[0] if tolerances else None)]
