"""Reading the tests of Rust: `#[test]` and its kin, asserting macros, helpers by their names."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from tree_sitter import Node

from autonav_analysis.audit.tests_syntax import (
    ASSERTING,
    captures,
    leaves,
    normalised,
    on_one_line,
    text_of,
)
from autonav_analysis.audit.tests_values import Assertion, Found, Kind, Reader, Skip, Strength, by_name

QUERY = "[(function_item) (mod_item) (impl_item) (trait_item) (macro_invocation)] @definition"
TEST = re.compile(r"#\[\s*([\w:]+::)?(test|rstest|test_case|quickcheck|proptest|wasm_bindgen_test)\b")
SKIPPING = re.compile(r"#\[\s*(ignore|should_panic|cfg_attr\(.*ignore)", re.DOTALL)
ROW = re.compile(r"#\[\s*([\w:]+::)?(test_case|case)\b")
TOP = frozenset(("source_file", "declaration_list", "expression_statement"))
OUTER_ATTRIBUTE = re.compile(r"^#!\[cfg\([^\n]*", re.MULTILINE)
MACROS = by_name(
    {
        Strength.EXACT: (
            "assert_eq debug_assert_eq assert_snapshot assert_debug_snapshot assert_yaml_snapshot "
            "assert_json_snapshot assert_diagnostics eqnice eqnice_repr assert_cmd_snapshot assert_json_eq"
        ),
        Strength.PARTIAL: "assert_matches",
        Strength.KIND: "assert_ne",
        Strength.PRESENCE: "assert debug_assert",
    }
)
COMPARISONS = (" >= ", " <= ", " != ", " > ", " < ")
CONDITIONS = (
    (re.compile(r" == "), Strength.EXACT),
    (re.compile(r" != "), Strength.KIND),
    (re.compile(r"matches !| [<>]=? |contains|starts_with"), Strength.PARTIAL),
    (re.compile(r"is_ok|is_err|is_some"), Strength.KIND),
    (re.compile(r"is_none|^! "), Strength.PARTIAL),
)
OPEN, CLOSE = frozenset("([{"), frozenset(")]}")


def definitions(root: Node, is_test: bool) -> list[Found]:
    """Return functions and tests that macros make; those in modules for tests alone are helpers or tests."""
    around: list[tuple[int, str, bool, bool]] = []  # end, name, whether for tests alone, whether a function
    seen: Counter[str] = Counter()
    found = []
    nodes = captures("rust", QUERY, root).get("definition", [])
    for node in sorted(nodes, key=lambda each: (each.start_byte, -each.end_byte)):
        while around and around[-1][0] <= node.start_byte:
            around.pop()
        for_tests = any(each for _, _, each, _ in around)
        in_function = any(each for *_, each in around)
        marks = _attributes(node)
        name = _name(node)
        if node.type == "macro_invocation" and (in_function or not _makes_test(node)):
            continue
        is_code = node.type in ("function_item", "macro_invocation")
        alone = for_tests or any("cfg(test)" in each.replace(" ", "") for each in marks)
        qualified = "::".join((*(each for _, each, _, _ in around), name))
        around.append((node.end_byte, name, alone, is_code))
        if not is_code or in_function:
            continue
        seen[qualified] += 1
        if seen[qualified] > 1:
            qualified += f"#{seen[qualified]}"
        kind = Kind.HELPER if for_tests or is_test else Kind.FUNCTION
        if node.type == "macro_invocation" or any(TEST.match(each) for each in marks):
            kind = Kind.TEST
        found.append(Found(name, qualified, kind, node, node, marks))
    return found


def assertions(found: Found) -> list[Assertion]:
    """Return what a function asserts, in the order in which it is written."""
    is_macro = found.node.type == "macro_invocation"
    body = found.node.named_children[-1] if is_macro else found.node.child_by_field_name("body")
    return list(_walk(body, 0)) if body is not None else []


def skips(found: Found) -> tuple[tuple[Skip, ...], bool]:
    """Return the attributes that skip a test or turn its outcome."""
    said = [" ".join(each.split()) for each in found.marks if SKIPPING.match(each)]
    return tuple(Skip(each, found.line, "cfg_attr" in each) for each in said), False


def rows(found: Found) -> int | None:
    """Return how many cases attributes give a test."""
    return sum(bool(ROW.match(each)) for each in found.marks) or None


def body(found: Found) -> str:
    """Return what a function does, without the comments on lines of their own."""
    return re.sub(r"(?m)^\s*//.*$", "", text_of(found.node.child_by_field_name("body")))


def file_skips(root: Node) -> tuple[Skip, ...]:
    """Return what keeps a whole file from being compiled."""
    text = text_of(root)
    return tuple(
        Skip(each[0], text[: each.start()].count("\n") + 1, not re.search(r"any\(\)|feature", each[0]))
        for each in OUTER_ATTRIBUTE.finditer(text)
    )


def cases(_root: Node) -> Mapping[str, int]:
    """Return nothing: constants that feed tests are not told from others."""
    return {}


READER = Reader(definitions, assertions, skips, rows, body, file_skips, cases)


def _attributes(node: Node) -> tuple[str, ...]:
    found: list[str] = []
    before = node.prev_sibling
    while before is not None and before.type in ("attribute_item", "line_comment", "block_comment"):
        if before.type == "attribute_item":
            found.append(text_of(before))
        before = before.prev_sibling
    return tuple(reversed(found))


def _name(node: Node) -> str:
    if node.type == "macro_invocation":
        given = node.named_children[-1].named_children
        return next((text_of(each) for each in given if each.type == "identifier"), "?")
    if node.type != "impl_item":
        return text_of(node.child_by_field_name("name"))
    trait = text_of(node.child_by_field_name("trait"))
    return text_of(node.child_by_field_name("type")) + (f"<{trait}>" if trait else "")


def _makes_test(node: Node) -> bool:
    at_top = node.parent is not None and node.parent.type in TOP
    return at_top and text_of(node.child_by_field_name("macro")).endswith("test")


def _walk(node: Node, depth: int) -> Iterator[Assertion]:
    if node.type == "macro_invocation":
        name = text_of(node.child_by_field_name("macro")).split("::")[-1]
        if _asserts(name):
            yield _macro(name, node.named_children[-1], node, depth)
            return
    if node.type == "token_tree":
        yield from _tokens(node, depth)
        return
    if node.type == "call_expression":
        said = _called(node, depth)
        if said is not None:
            yield said
            return
    condition = node.child_by_field_name("condition") if node.type == "if_expression" else None
    for child in node.named_children:
        yield from _walk(child, depth + int(condition is not None and child != condition))


def _tokens(tree: Node, depth: int) -> Iterator[Assertion]:
    """Yield what the arguments of a macro assert, which have no syntax yet."""
    tokens = tree.children
    for at, each in enumerate(tokens):
        following = [one.type for one in tokens[at + 1 : at + 3]]
        if each.type == "identifier" and following == ["!", "token_tree"] and _asserts(text_of(each)):
            yield _macro(text_of(each), tokens[at + 2], each, depth)
        elif each.type == "identifier" and following[:1] == ["token_tree"] and ASSERTING.match(text_of(each)):
            said, name = normalised(tokens[at + 1]), text_of(each)
            yield _made(each, f"{name} {said}", name, said, Strength.PARTIAL, "helper", depth)
        elif each.type == "token_tree":
            yield from _walk(each, depth)


def _asserts(macro: str) -> bool:
    return macro in MACROS or macro.startswith("assert")


def _called(call: Node, depth: int) -> Assertion | None:
    name = re.split(r"::|\.", text_of(call.child_by_field_name("function")))[-1].strip()
    if ASSERTING.match(name) and name not in ("expect", "expect_err"):
        given = normalised(call.child_by_field_name("arguments"))
        return _made(call, normalised(call), name, given, Strength.PARTIAL, "helper", depth)
    if name in ("unwrap_err", "expect_err"):
        return _made(
            call, normalised(call), normalised(call.child_by_field_name("function")), "", Strength.KIND, name, depth
        )
    return None


def _macro(name: str, arguments: Node, shown: Node, depth: int) -> Assertion:
    given = _divided(leaves(arguments)[1:-1])
    subject, expected = (given[at] if len(given) > at else "" for at in (0, 1))
    strength = MACROS.get(name, Strength.PARTIAL)
    compared = given[:2] if strength in (Strength.EXACT, Strength.KIND) else given[:1]
    text = f"{name}! {' , '.join(compared)}"
    if name in ("assert", "debug_assert") and given:
        strength = _condition(given[0])
        for operator in (" == ", *COMPARISONS):
            if operator in given[0]:
                subject, _, expected = given[0].partition(operator)
                break
        else:
            expected = ""
    if name == "assert_eq" and len(given) > 1 and subject == expected:
        return _made(shown, text, subject, expected, Strength.VACUOUS, "itself", depth)
    return _made(shown, text, subject, expected, strength, name, depth)


def _condition(text: str) -> Strength:
    if text == "true" or "|| true" in text:
        return Strength.VACUOUS
    found = next((strength for pattern, strength in CONDITIONS if pattern.search(text)), Strength.PRESENCE)
    return max(Strength.PRESENCE, Strength(found - 1)) if " || " in text else found


def _divided(tokens: list[str]) -> list[str]:
    """Return the arguments of a macro, by the commas that stand in no bracket."""
    parts: list[list[str]] = [[]]
    depth = 0
    for each in tokens:
        depth += (each in OPEN) - (each in CLOSE)
        if each == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(each)
    return [" ".join(each) for each in parts if each]


def _made(node: Node, text: str, subject: str, expected: str, strength: Strength, kind: str, depth: int) -> Assertion:
    shown = node.parent if node.type == "identifier" and node.parent is not None else node
    source = on_one_line(node) if node.type != "identifier" else f"{text}"
    return Assertion(text, subject, expected, strength, kind, shown.start_point[0] + 1, source, depth)
