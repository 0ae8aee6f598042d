"""AN707: a function or a test is there and does nothing."""

import re
from collections.abc import Iterable, Iterator

from autonav_analysis.audit.paths import is_source, is_tooling
from autonav_analysis.audit.tests_bodies import is_constant, is_stub, says_unwritten
from autonav_analysis.audit.tests_comparison import Became, compare
from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back, quoted, run_old
from autonav_analysis.audit.tests_pairing import How, Pair, Placed, TestChanges, changes_of_tests
from autonav_analysis.audit.tests_values import Assertion, Definition, Kind, Strength
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Severity

NAMED = ("AN707", "hollow-body")
RUNNING_IS_ENOUGH = re.compile(
    r"does_?n.?t|does_?not|do_?n.?t|not_|no_|should not|without|crash|hang|smoke|Example|throw|import|compil|work",
    re.IGNORECASE,
)
"""Names of tests that pass by running to their end."""

ABOUT_EQUALITY = re.compile(r"eq|hash|same|ident|determin|cach|memo|idempot|singleton|stable|compar", re.IGNORECASE)
"""Names of tests that hold a value against itself for a reason."""

REPEATED = re.compile(r"determin|same|repeat|stable|idempot|reproduc", re.IGNORECASE)
"""Names of tests that call something twice to see the same come of it."""

CALL = re.compile(r"(?<![\w.])(?!(?:not|and|or|in|is|if|else|await|typeof)\b)((?:\w+ (?:\.|::) )*[A-Za-z_]\w*) \(")
"""A call in an assertion's text, by the name of what is called."""

WORD = r"assert|expect|verify|check|wait_?for"
ASSERTS_SOMEHOW = {
    "go": re.compile(rf"\w\((t|tb|b|f)\b|{WORD}", re.IGNORECASE),
    "rust": re.compile(rf"unwrap\(\)|\w*_?eq!|{WORD}", re.IGNORECASE),
}
ASSERTING_WORD = re.compile(rf"\bself\.\w+\(|should|patch|mock|spy|{WORD}", re.IGNORECASE)
CALLED = re.compile(rb"\b(\w+)\(")
FAILS = re.compile(rb"assert|expect|unwrap\(|panic!|\.(Fatal|Error)f?\(|\braise\b|\bthrow\b")
"""What a helper does that may fail the test which calls it."""

OVERLOAD = re.compile(rb"^[ \t]*@[ \t]*[\w.]*overload\b", re.MULTILINE)
"""A decorator that says that a definition is there for its types alone."""

ONE_PLATFORM = re.compile(r"_(linux|darwin|windows|unix|other|stub|noop|js|wasm)\.go$")


def check(audit: Audit) -> Iterator[Finding]:
    """Yield functions that lost their body, tests that lost all they asserted, and new ones that have none."""
    changes = changes_of_tests(audit)
    for file, tests in changes.files:
        if is_source(file.path) and not is_tooling(file.path) and not _is_declared_only(file):
            for each in tests.after.of(Kind.FUNCTION):
                was = tests.before.definitions.get(each.qualified)
                yield from _emptied_function(file, tests.language, was, each)
    for pair in changes.pairs:
        yield from _emptied_test(pair)
        yield from _against_itself(pair)
    for placed in changes.fresh:
        yield from _new_test(changes, placed)


def _is_declared_only(file: AuditedFile) -> bool:
    return file.path.endswith((".pyi", ".d.ts")) or ONE_PLATFORM.search(file.path) is not None


def _emptied_function(
    file: AuditedFile, language: str, before: Definition | None, after: Definition
) -> Iterator[Finding]:
    stub = is_stub(language, after.body)
    if not after.body or not (stub or is_constant(language, after.body)) or OVERLOAD.search(after.text):
        return
    if before is None:
        if stub and says_unwritten(after.body) and not after.abstract:
            yield _function(
                file, None, after, Severity.HINT, f"{after.name} is new and not written yet; write it, or say so"
            )
        return
    if not before.body or is_stub(language, before.body) or is_constant(language, before.body):
        return
    if before.body.startswith("assert ") and "\n" not in before.body:
        return
    severity = Severity.INFORMATION if after.abstract else Severity.WARNING
    does = "does nothing any more" if stub else f"is now {quoted(after.body.strip('{} '))} whatever it is given"
    yield _function(file, before, after, severity, f"{after.name} {does}; put its body back, or say why")


def _function(
    file: AuditedFile, before: Definition | None, after: Definition, severity: Severity, message: str
) -> Finding:
    old_line = before.line if before else 0
    return finding(
        NAMED, severity, file, after.line, message,
        about=(after.qualified, after.body),
        fixes=(hunk_back(file, 0, after.end_line if old_line else after.line), run_old()),
        evidence=before_after([(quoted(before.body) if before else "", quoted(after.body))]),
    )  # fmt: skip


def _emptied_test(pair: Pair) -> Iterator[Finding]:
    """Yield a test whose assertions all gave way to ones that always hold."""
    before, after = pair.before.definition, pair.after.definition
    if pair.how is How.HELPER or after.strongest is not Strength.VACUOUS or before.strongest <= Strength.VACUOUS:
        return
    if compare(before, after).of(Became.WEAKENED):
        return
    yield finding(
        NAMED,
        Severity.WARNING if pair.how is How.SAME else Severity.INFORMATION,
        pair.after.file,
        after.assertions[0].line,
        f"all that {after.name} asserts now always holds: {quoted(after.assertions[0].source)}; run the old test",
        about=(after.qualified, "emptied"),
        fixes=(hunk_back(pair.after.file, 0, after.assertions[0].line), run_old(pair.before)),
        evidence=before_after((each.source, after.assertions[0].source) for each in before.assertions),
    )


def _against_itself(pair: Pair) -> Iterator[Finding]:
    known = {each.text for each in pair.before.definition.assertions}
    kept = {each.text for each in pair.after.definition.assertions}
    lost = [each.text for each in pair.before.definition.assertions if each.text not in kept]
    new = [
        each
        for each in pair.after.definition.assertions
        if each.kind == "itself" and each.text not in known and not _may_differ(each, lost)
    ]
    weakened = {
        each.after.text
        for each in compare(pair.before.definition, pair.after.definition).of(Became.WEAKENED)
        if each.after is not None
    }
    for each in new:
        if each.text not in weakened:
            yield _itself(pair.after, each)


def _may_differ(assertion: Assertion, lost: Iterable[str] = ()) -> bool:
    """Return whether two calls are compared, with equal arguments, and of no function that a `lost` assertion called."""
    called = set(CALL.findall(assertion.subject))
    return bool(called) and not any(called & set(CALL.findall(each)) for each in lost)


def _itself(placed: Placed, assertion: Assertion) -> Finding:
    test = placed.definition
    return finding(
        NAMED,
        Severity.INFORMATION if ABOUT_EQUALITY.search(test.qualified) else Severity.WARNING,
        placed.file,
        assertion.line,
        f"{test.name} compares a value with itself: {quoted(assertion.source)}; compare it with what it should be",
        about=(test.qualified, assertion.text),
        fixes=(hunk_back(placed.file, 0, assertion.line),),
        evidence=before_after([("", assertion.source)]),
    )


def _new_test(changes: TestChanges, placed: Placed) -> Iterator[Finding]:
    test = placed.definition
    # Two calls may differ: hollow only where nothing else is asserted, and the name does not say that it is meant.
    repeats = test.strongest > Strength.VACUOUS or REPEATED.search(test.qualified) is not None
    itself = [each for each in test.assertions if each.kind == "itself" and not (repeats and _may_differ(each))]
    if any(not each.conditional for each in test.skips):
        return
    if itself:
        yield _itself(placed, itself[0])
    elif test.strongest is Strength.VACUOUS and not (repeats and any(map(_may_differ, test.assertions))):
        yield _proves_nothing(
            placed, Severity.WARNING, f"all that {test.name} asserts always holds: {quoted(test.assertions[0].source)}"
        )
    elif test.strongest is Strength.NONE and not (_asserts_somehow(placed) or _is_helped(changes, placed)):
        yield _proves_nothing(placed, Severity.INFORMATION, f"{test.name} is new and asserts nothing")


def _asserts_somehow(placed: Placed) -> bool:
    text = placed.definition.text.decode("utf-8", "replace").partition(placed.definition.name)[2]
    somehow = ASSERTS_SOMEHOW.get(placed.language, ASSERTING_WORD)
    return bool(RUNNING_IS_ENOUGH.search(placed.definition.name) or somehow.search(text))


def _is_helped(changes: TestChanges, placed: Placed) -> bool:
    """Return whether a test calls a function of its file that may fail it."""
    tests = next(tests for file, tests in changes.files if file is placed.file)
    called = set(CALLED.findall(placed.definition.text))
    lines = (placed.file.after or b"").split(b"\n")
    helpers = (each for each in tests.after.of(Kind.HELPER, Kind.FUNCTION) if each.name.encode() in called)
    return any(FAILS.search(b"\n".join(lines[each.line - 1 : each.end_line])) for each in helpers)


def _proves_nothing(placed: Placed, severity: Severity, message: str) -> Finding:
    test = placed.definition
    return finding(
        NAMED, severity, placed.file, test.line, f"{message}; assert what should come of it",
        about=(test.qualified, "new"),
        fixes=(hunk_back(placed.file, 0, test.line),),
        evidence=before_after([("", quoted(test.text.decode("utf-8", "replace")))]),
    )  # fmt: skip


RULE = Rule(
    code="AN707",
    slug="hollow-body",
    severity=Severity.WARNING,
    summary="A function or a test is there and does nothing.",
    what=(
        "A function that did something is now a stub or returns one written value whatever it is given; all that a test "
        "asserts always holds (`assert True`); a test compares a value with itself. Two calls with equal arguments count "
        "as that where the test asserted more of the function before, and in a new test that asserts nothing else and "
        "whose name says of no repetition (`deterministic`, `same`, `repeated`, `stable`, `idempotent`, "
        "`reproducible`).\n\nWhere a class leaves methods to others, in the body of a test about equality, and for a new "
        "test without any assertion it is information; a new function that says it is not written yet is a hint. A test "
        "that says in its name that running is enough (`does_not_crash`), or calls a function of its file that asserts, "
        "is not reported."
    ),
    why="It makes a test pass, or a list of tests longer, and proves nothing.",
    example=(
        "```console\n$ autonav check\nsrc/cart.py:1: warning AN707 total is now `return 6` whatever it is given; put its "
        "body back, or say why\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- Write the body, or the assertion.\n- `autonav: "
        "allow AN707 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
)
