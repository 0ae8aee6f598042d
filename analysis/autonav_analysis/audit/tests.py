"""What tests say, before and after: each text is parsed once, and read where it differs."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tree_sitter import Tree

from autonav_analysis.audit import tests_go, tests_javascript, tests_python, tests_rust
from autonav_analysis.audit.keeping import kept
from autonav_analysis.audit.paths import is_generated, is_test
from autonav_analysis.audit.tests_special_cases import special_cases
from autonav_analysis.audit.tests_syntax import left_at
from autonav_analysis.audit.tests_values import Assertion, Definition, Found, Kind, Reader, Skip, SpecialCase
from autonav_analysis.audit.trees import tree_of
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import AuditedFile

READERS: Mapping[str, Reader] = {
    "python": tests_python.READER,
    "go": tests_go.READER,
    "rust": tests_rust.READER,
    **tests_javascript.READERS,
}
PYTEST_FILE = re.compile(r"(test_.*|.*_test)\.py$")
UNREACHED = 100
"""What is added to the depth of an assertion that is never reached."""


@dataclass(frozen=True, slots=True)
class TestText:
    """One text of a file: its definitions by qualified name, what skips all of it, its constant lists by length."""

    __test__ = False  # the name is the domain's; pytest must not collect it

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    skips: tuple[Skip, ...] = ()
    cases: Mapping[str, int] = field(default_factory=dict)

    def of(self, *kinds: Kind) -> Iterable[Definition]:
        """Return the definitions of these kinds, in order."""
        return (each for each in self.definitions.values() if each.kind in kinds)


@dataclass(frozen=True, slots=True)
class TestFile:
    """Both texts of a file; where one is absent or cannot be read it is empty. `special_cases` are new ones."""

    __test__ = False

    language: str
    before: TestText
    after: TestText
    special_cases: tuple[SpecialCase, ...] = ()


@dataclass(frozen=True, slots=True)
class AssertionCount:
    """How many assertions one test has, before and after; `line` is where it now begins, 1-based.

    `identity` is how pytest names it, None for another language.
    """

    test: str
    identity: str | None
    line: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ChangedTests:
    """The tests of a file that are on both sides and differ: `texts` names them as pytest does, `assertions` counts."""

    texts: frozenset[str] = frozenset()
    assertions: tuple[AssertionCount, ...] = ()


def read_tests(file: AuditedFile) -> TestFile | None:
    """Return what the tests and functions of a changed file say, None for a file that is not read."""
    language = language_for(file.path)
    if language is None or language.name not in READERS or is_generated(file.path):
        return None
    return _read(language.name, file)


def changed_tests(file: AuditedFile) -> ChangedTests:
    """Return the tests that are on both sides and whose text differs, and those whose assertions do."""
    read = read_tests(file)
    if read is None:
        return ChangedTests()
    was = read.before.definitions
    differing = (each for each in read.after.of(Kind.TEST) if each.text and each.qualified in was)
    named = (identity(file.path, each.qualified) for each in differing)
    return ChangedTests(frozenset(each for each in named if each is not None), assertion_counts(file))


def assertion_counts(file: AuditedFile) -> tuple[AssertionCount, ...]:
    """Return the tests that are on both sides and whose assertions differ in what they say, in order of lines."""
    read = read_tests(file)
    found = []
    for each in read.after.of(Kind.TEST) if read is not None else ():
        was = read.before.definitions.get(each.qualified) if read is not None else None
        if was is not None and _said(was) != _said(each):
            counts = len(was.assertions), len(each.assertions)
            found.append(AssertionCount(each.qualified, identity(file.path, each.qualified), each.line, *counts))
    return tuple(sorted(found, key=lambda each: each.line))


def identity(path: str, qualified: str) -> str | None:
    """Return how pytest names a test, None for one that is named by what only a run of its project knows."""
    *outer, last = qualified.split(".")
    classes = all(name.startswith("Test") or name.endswith(("Test", "Tests", "TestCase")) for name in outer)
    named = PYTEST_FILE.match(os.path.basename(path)) is not None and last.startswith("test")
    return "::".join((path, *outer, last)) if named and classes else None


@kept
def _read(language: str, file: AuditedFile) -> TestFile:
    reader, holds_tests = READERS[language], is_test(file.path)
    old, new = tree_of(file.path, file.before), tree_of(file.path, file.after)
    found_old, found_new = (_found(reader, tree, holds_tests) for tree in (old, new))
    was, now = ({name: each.text for name, each in side.items()} for side in (found_old, found_new))
    special = tuple(special_cases(language, new, file)) if new is not None and not holds_tests else ()
    return TestFile(language, _text(reader, old, found_old, now), _text(reader, new, found_new, was), special)


def _found(reader: Reader, tree: Tree | None, holds_tests: bool) -> dict[str, Found]:
    """Return the definitions by qualified name; one that repeats a name gets a number."""
    found: dict[str, Found] = {}
    for each in reader.definitions(tree.root_node, holds_tests) if tree is not None else ():
        name, number = each.qualified, 1
        while name in found:
            number += 1
            name = f"{each.qualified}#{number}"
        found[name] = replace(each, qualified=name)
    return found


def _text(reader: Reader, tree: Tree | None, found: Mapping[str, Found], other: Mapping[str, bytes]) -> TestText:
    if tree is None:
        return TestText()
    definitions = {
        name: _definition(reader, each, differs=other.get(name) != each.text) for name, each in found.items()
    }
    return TestText(definitions, reader.file_skips(tree.root_node), reader.cases(tree.root_node))


def _definition(reader: Reader, found: Found, *, differs: bool) -> Definition:
    """Return a definition without its tree; of one that is the same on the other side nothing more is read."""
    node = found.node
    plain = Definition(
        found.name, found.qualified, found.kind, found.line, node.end_point[0] + 1,
        abstract=found.abstract, shadows=found.shadows,
    )  # fmt: skip
    if not differs:
        return plain
    skips, only = reader.skips(found) if found.kind in (Kind.TEST, Kind.SUITE) else ((), False)
    asserts = found.kind in (Kind.TEST, Kind.HELPER)
    return replace(
        plain,
        text=found.text,
        assertions=_reached(reader.assertions(found), found) if asserts else (),
        skips=skips,
        only=only,
        rows=reader.rows(found) if found.kind is Kind.TEST else None,
        body=reader.body(found) if found.kind in (Kind.FUNCTION, Kind.HELPER) else "",
    )


def _reached(assertions: list[Assertion], found: Found) -> tuple[Assertion, ...]:
    """Return the assertions with those after an unconditional return marked by their depth."""
    body = found.node.child_by_field_name("body")
    if body is None and found.node.type == "call_expression":
        body = tests_javascript.body_of(found.node)
    left = left_at(body)
    return tuple(
        replace(each, depth=each.depth + UNREACHED) if left is not None and each.line > left else each
        for each in assertions
    )


def _said(definition: Definition) -> list[tuple[str, int, int]]:
    return [(each.text, each.strength, each.depth) for each in definition.assertions]
