"""Reading what tests of JavaScript and TypeScript assert: `expect` chains, node's and chai's assert, ava's t."""

from dataclasses import replace

from tree_sitter import Node

from autonav_analysis.audit.tests_syntax import ASSERTING, arguments_of, normalised, number, on_one_line, text_of
from autonav_analysis.audit.tests_values import Assertion, Strength, by_name

MATCHERS = by_name(
    {
        Strength.EXACT: (
            "toBe toEqual toStrictEqual toHaveBeenCalledWith toHaveBeenNthCalledWith toHaveBeenLastCalledWith "
            "toMatchInlineSnapshot toMatchSnapshot toThrowErrorMatchingInlineSnapshot toThrowErrorMatchingSnapshot "
            "toBeNull toBeUndefined toBeNaN toHaveBeenCalledTimes toBeFalse toBeTrue equal equals eql deep "
            "toHaveReturnedWith toMatchFileSnapshot strictEqual deepEqual deepStrictEqual toEqualTypeOf "
            "toHaveTextContent toHaveValue toHaveBeenCalledOnce toHaveBeenCalledExactlyOnceWith"
        ),
        Strength.PARTIAL: (
            "toMatchObject toContain toContainEqual toMatch toBeCloseTo toHaveLength toBeGreaterThan toBeLessThan "
            "toBeGreaterThanOrEqual toBeLessThanOrEqual toThrow toThrowError include contain match throw throws "
            "rejects lengthOf toSatisfy closeTo above below toContainText toHaveText notStrictEqual doesNotThrow "
            "toHaveClass toHaveAttribute toMatchTypeOf toBeOneOf"
        ),
        Strength.KIND: (
            "toBeInstanceOf toBeTypeOf toHaveProperty toHaveBeenCalled instanceof instanceOf a an property notEqual "
            "toBeVisible toBeInTheDocument called toHaveReturned"
        ),
        Strength.PRESENCE: "toBeTruthy toBeFalsy toBeDefined ok exist exists true false null undefined",
    }
)
ASSERTS = by_name(
    {
        Strength.EXACT: "strictEqual equal deepEqual deepStrictEqual is same isNull isUndefined",
        Strength.PARTIAL: "match throws throwsAsync notThrowsAsync like regex rejects include closeTo deepInclude",
        Strength.KIND: "notStrictEqual notEqual instanceOf notDeepEqual isArray",
    }
)
EXACT_FROM = {"toThrow": 1, "toThrowError": 1, "toHaveProperty": 2, "property": 2}
"""How many arguments make a matcher say one value."""

AVA = frozenset(
    (
        "is",
        "deepEqual",
        "true",
        "truthy",
        "throws",
        "throwsAsync",
        "notThrowsAsync",
        "like",
        "regex",
        "equal",
        "ok",
        "same",
    )
)
EXPECTING = frozenset(("expect", "expectTypeOf", "expectType"))
ROOTS = EXPECTING | {"should"}
STRONG_WHEN_NEGATED = frozenset(("toContain", "toMatch", "toThrow", "toHaveBeenCalled"))
TRUTH = frozenset(("ok", "true", "truthy"))
TRUTHFUL = TRUTH | {"toBe", "toEqual", "toStrictEqual", "toBeTruthy", "toBeTrue", "equal"}
TRUE = frozenset(("( true )", "( 1 )"))
EQUALS = {"==": Strength.EXACT, "===": Strength.EXACT, "!=": Strength.KIND, "!==": Strength.KIND}


def chain(node: Node | None) -> list[str]:
    """Return the words of a chain of members and calls, `()` for each call."""
    words: list[str] = []
    while node is not None:
        if node.type == "member_expression":
            words.append(text_of(node.child_by_field_name("property")))
            node = node.child_by_field_name("object")
        elif node.type == "call_expression":
            words.append("()")
            node = node.child_by_field_name("function")
        elif node.type in ("await_expression", "parenthesized_expression") and node.named_children:
            node = node.named_children[0]
        else:
            words.append(text_of(node))
            break
    return words[::-1]


def assertions_of(node: Node, depth: int) -> list[Assertion]:
    """Return what a chain asserts; conditions joined by `&&` one by one."""
    words = chain(node)
    if words == ["should", "()"]:
        return []
    if words and (words[0] in EXPECTING or words[:2] == ["should", "()"]):
        return _taken_apart(node, _expected(node, words, depth))
    if len(words) > 1 and (words[0] in ("assert", "should") or (words[0] == "t" and words[1] in AVA)):
        return _asserted(node, words, depth)
    last = next((each for each in reversed(words) if each != "()"), "")
    if node.type == "call_expression" and ASSERTING.match(last):
        given = normalised(node.child_by_field_name("arguments"))
        return [_made(node, ".".join(words), given, Strength.PARTIAL, "helper", depth)]
    if "should" in words[1:]:
        strength = Strength.PRESENCE if words[0] in ("true", "false") else Strength.PARTIAL  # it is not to be reached
        return [_made(node, words[0], normalised(node), strength, "should", depth)]
    return []


def _expected(node: Node, words: list[str], depth: int) -> Assertion:
    root = _root_call(node)
    subject = normalised(root.child_by_field_name("arguments")) if root is not None else ""
    matcher = next((each for each in reversed(words) if each in MATCHERS), "")
    is_call = node.type == "call_expression" and node != root
    given = arguments_of(node) if is_call else []
    expected = normalised(node.child_by_field_name("arguments")) if is_call else ""
    strength = MATCHERS.get(matcher, Strength.PARTIAL)
    if len(given) >= EXACT_FROM.get(matcher, 1 + len(given)):
        strength = Strength.EXACT
    negated = "not" in words
    if negated and matcher in ("toBeNull", "toBeUndefined"):
        strength = Strength.PRESENCE
    elif negated and strength >= Strength.PARTIAL and matcher not in STRONG_WHEN_NEGATED:
        strength = Strength.KIND
    if _holds_always(node, words, matcher, subject, expected, negated=negated):
        strength = Strength.VACUOUS
    digits = number(text_of(given[1])) if matcher == "toBeCloseTo" and len(given) > 1 else None
    kind = ("not." if negated else "") + (matcher or words[-1])
    return _made(node, subject, expected, strength, kind, depth, tolerance=None if digits is None else -digits)


def _taken_apart(node: Node, whole: Assertion) -> list[Assertion]:
    """Return one assertion for each condition, where `&&` joins several that are expected to be true."""
    root = _root_call(node)
    given = arguments_of(root) if root is not None else []
    parts = _joined(given[0]) if given and whole.kind in TRUTHFUL and whole.expected in ("", "( true )") else []
    if len(parts) < 2:
        return [whole]
    subjects = [f"( {normalised(each)} )" for each in parts]
    return [replace(whole, subject=each, text=whole.text.replace(whole.subject, each, 1)) for each in subjects]


def _holds_always(node: Node, words: list[str], matcher: str, subject: str, expected: str, *, negated: bool) -> bool:
    if not negated and matcher in ("toBe", "toEqual", "toStrictEqual") and subject == expected:
        return True
    if subject in TRUE and matcher in ("toBeTruthy", "ok"):
        return True
    asynchronous = {"rejects", "resolves"} & set(words) or matcher == "toMatchFileSnapshot"
    return bool(asynchronous) and node.parent is not None and node.parent.type == "expression_statement"


def _root_call(node: Node) -> Node | None:
    found, each = None, node
    while each is not None:
        function = each.child_by_field_name("function")
        if function is not None and text_of(function).split(".")[0] in ROOTS and "(" not in text_of(function):
            found = each
        inner = function if function is not None else each.child_by_field_name("object")
        if inner is None and each.type in ("await_expression", "parenthesized_expression") and each.named_children:
            inner = each.named_children[0]
        each = inner
    return found


def _asserted(node: Node, words: list[str], depth: int) -> list[Assertion]:
    if node.type != "call_expression":
        return []
    name = words[1] if words[1] != "()" else "ok"
    given = arguments_of(node)
    parts = _joined(given[0]) if name in TRUTH and given else []
    if len(parts) > 1:
        called = normalised(node.child_by_field_name("function"))
        return [_part(node, f"{called} ( {normalised(each)} )", each, name, depth) for each in parts]
    subject, expected = (normalised(given[at]) if len(given) > at else "" for at in (0, 1))
    strength = ASSERTS.get(name, Strength.PRESENCE)
    if name in TRUTH and given:
        strength = _strength_of(given[0])
        if subject in ("true", "1"):
            strength = Strength.VACUOUS
    if strength is Strength.EXACT and len(given) > 1 and subject == expected:
        return [_made(node, subject, expected, Strength.VACUOUS, "itself", depth)]
    return [_made(node, subject, expected, strength, name, depth)]


def _part(node: Node, text: str, condition: Node, name: str, depth: int) -> Assertion:
    """Return what one of several conditions asserts, as if it stood alone."""
    strength = _strength_of(condition)
    sides = [condition.child_by_field_name(each) for each in ("left", "right")]
    subject, expected = map(normalised, sides) if all(sides) else (normalised(condition), "")
    return replace(_made(node, subject, expected, strength, name, depth), text=text)


def _joined(condition: Node) -> list[Node]:
    """Return the conditions that `&&` joins, in order."""
    if condition.type == "parenthesized_expression" and condition.named_children:
        return _joined(condition.named_children[0])
    if text_of(condition.child_by_field_name("operator")) != "&&":
        return [condition]
    sides = (condition.child_by_field_name(each) for each in ("left", "right"))
    return [each for side in sides if side is not None for each in _joined(side)]


def _strength_of(condition: Node) -> Strength:
    if condition.type != "binary_expression":
        return Strength.PRESENCE
    return EQUALS.get(text_of(condition.child_by_field_name("operator")), Strength.PARTIAL)


def _made(
    node: Node,
    subject: str,
    expected: str,
    strength: Strength,
    kind: str,
    depth: int,
    *,
    tolerance: float | None = None,
) -> Assertion:
    line = node.start_point[0] + 1
    awaited = node.parent if node.parent is not None and node.parent.type == "await_expression" else node
    return Assertion(normalised(node), subject, expected, strength, kind, line, on_one_line(awaited), depth, tolerance)
