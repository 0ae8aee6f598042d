"""AN713: a test replaces the very function that it checks."""

import re
from collections.abc import Iterator

from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back, run_old
from autonav_analysis.audit.tests_pairing import How, Pair, changes_of_tests
from autonav_analysis.rule import Rule
from autonav_protocol.values.audit import Audit
from autonav_protocol.values.finding import Finding, Severity

REPLACES = re.compile(
    r"(?:patch|setattr|spyOn|doMock|mocked?)\s*\(\s*[\"']([\w./]+)[\"']"
    r"|(?:setattr|patch\.object|spyOn)\s*\(\s*([\w.]+)\s*,\s*[\"'](\w+)[\"']"
)


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each test that has come to replace what its assertions call."""
    for pair in changes_of_tests(audit).pairs:
        if pair.how is How.SAME:
            yield from _replaced(pair)


def _replaced(pair: Pair) -> Iterator[Finding]:
    test = pair.after.definition
    known = _targets(pair.before.definition.text)
    checked = " ".join(f"{each.subject} {each.expected}" for each in test.assertions)
    for name, (target, line) in _targets(test.text).items():
        if name in known or len(name) < 3 or not re.search(rf"(?<![\w.]){re.escape(name)} \(", checked):
            continue
        number = test.line + line
        yield finding(
            ("AN713", "mocked-subject"),
            Severity.INFORMATION if _is_imported(pair, target, name) else Severity.HINT,
            pair.after.file,
            number,
            f"{test.name} checks {name} and now replaces it with `{target}`; check what is not replaced",
            about=(test.qualified, name),
            fixes=(hunk_back(pair.after.file, 0, number), run_old(pair.before)),
            evidence=before_after([(f"{name} itself", f"a replacement of {target}")]),
        )


def _targets(text: bytes) -> dict[str, tuple[str, int]]:
    """Return what a test replaces, by its last name: as it is written, and the line from the test's first."""
    decoded = text.decode("utf-8", "replace")
    found = {}
    for each in REPLACES.finditer(decoded):
        target = each[1] or f"{each[2]}.{each[3]}"
        found[re.split(r"[./]", target)[-1]] = (target, decoded[: each.start()].count("\n"))
    return found


def _is_imported(pair: Pair, target: str, name: str) -> bool:
    """Return whether the test's file imports this very function from where it is replaced."""
    module = target.removesuffix(name).rstrip("./")
    text = (pair.after.file.after or b"").decode("utf-8", "replace")
    return (
        bool(module)
        and re.search(rf"from\s+{re.escape(module)}\s+import\s[^\n]*\b{re.escape(name)}\b", text) is not None
    )


RULE = Rule(
    code="AN713",
    slug="mocked-subject",
    severity=Severity.INFORMATION,
    summary="A test replaces the very function that it checks.",
    what=(
        "A test that was there before has come to replace a function (`monkeypatch.setattr`, `patch`, `jest.spyOn`) that its "
        "own assertions call. Information where the test's file imports that function from where it is replaced, else a hint, "
        "for it may be another of the same name."
    ),
    why="The test then checks the replacement.",
    example=(
        "```console\n$ autonav check\ntests/test_cart.py:6: information AN713 test_total checks total and now replaces it with "
        "`cart.total`; check what is not replaced\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- *Run the old test on the new code* (`autonav "
        "validate ID --old-tests`).\n- `autonav: allow AN713 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
)
