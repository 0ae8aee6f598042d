"""AN708: the code reaches into what runs or judges its tests."""

import re
from collections.abc import Iterator

from autonav_analysis.audit.paths import is_generated, is_source, is_test, is_tooling
from autonav_analysis.audit.tests import read_tests
from autonav_analysis.audit.tests_findings import before_after, finding, hunk_back, run_old
from autonav_analysis.audit.tests_lines import Stands, new_lines, removed_anywhere
from autonav_analysis.audit.tests_values import Kind
from autonav_analysis.rule import Rule
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.finding import Finding, Severity

HOOK = re.compile(
    rb"def (pytest_runtest_(makereport|protocol|call)|pytest_collection_modifyitems|pytest_ignore_collect"
    rb"|pytest_pyfunc_call|pytest_report_teststatus)\b|^collect_ignore(_glob)?\s*\+?="
)
OUTCOME = re.compile(
    rb"\.outcome\s*=\s*[\"']passed|TestReport\.from_item_and_call|session\.exitstatus\s*=|\brep(ort)?\.wasxfail\s*="
)
SKIP_IN_SOURCE = re.compile(rb"\braise\s+(unittest\.)?SkipTest|\bpytest\.(skip|exit)\(|\.skipTest\(")
EXIT = re.compile(
    rb"\b(sys\.exit\(\s*0?\s*\)|os\._exit\(|process\.exit\(\s*0?\s*\)|os\.Exit\(0\)|(std::)?process::exit\(0\)"
    rb"|(?<![\w.])exit\(0?\)|raise SystemExit(\(0?\))?\s*$)"
)
PATCH = re.compile(
    rb"^\s*(time\.(time|perf_counter|monotonic|sleep|process_time)|builtins\.\w+|Date\.now|performance\.now|Math\.random"
    rb"|datetime\.datetime|os\._exit|sys\.exit|unittest\.\w+(\.\w+)*|pytest\.\w+)\s*=[^=]"
)
ENTRY = re.compile(r"(^|/)(cli|main|__main__|manage)\.\w+$|(^|/)(cli|bin|cmd|commands?)/")
ALWAYS = re.compile(r"\s*return (True|False|not False)\s*")
COMPARING = frozenset(("__eq__", "__ne__", "__contains__", "__bool__", "__instancecheck__"))

SAID = (
    (HOOK, "a hook decides which tests run or what becomes of them", Severity.WARNING),
    (OUTCOME, "the outcome of tests is set here", Severity.WARNING),
    (SKIP_IN_SOURCE, "code that is no test ends a test as skipped", Severity.WARNING),
    (PATCH, "what tests are measured with is replaced for the whole process", Severity.WARNING),
    (EXIT, "the process ends here as if all were well", Severity.INFORMATION),
)


def check(audit: Audit) -> Iterator[Finding]:
    """Yield one finding for each place where the change reaches into the runner of its tests; what moved left out."""
    removed = removed_anywhere(audit)
    for file in audit.files:
        if is_generated(file.path) or language_for(file.path) is None:
            continue
        for pattern, said, severity in SAID:
            if _concerns(pattern, file.path):
                for number, found in new_lines(file, pattern, removed, Stands.CODE):
                    yield _finding(file, number, found[0].decode("utf-8", "replace").strip(), said, severity)
        yield from _always_equal(file)


def _concerns(pattern: re.Pattern[bytes], path: str) -> bool:
    """Return whether a pattern means something in a file of this name."""
    if pattern is HOOK:
        return path.endswith("conftest.py")
    if pattern is OUTCOME:
        return path.endswith(".py")
    if pattern is EXIT:
        return is_source(path) and not is_tooling(path) and not ENTRY.search(path)
    return is_source(path) and not is_tooling(path)


def _always_equal(file: AuditedFile) -> Iterator[Finding]:
    tests = read_tests(file)
    if tests is None or tests.language != "python":
        return
    for each in tests.after.of(Kind.FUNCTION, Kind.HELPER):
        if each.name in COMPARING and ALWAYS.fullmatch(each.body) and "False" not in each.body.replace("not False", ""):
            yield _finding(
                file, each.line, f"{each.qualified}: {each.body.strip()}", "objects of this class equal everything",
                Severity.INFORMATION if is_test(file.path) else Severity.WARNING,
            )  # fmt: skip


def _finding(file: AuditedFile, line: int, text: str, said: str, severity: Severity) -> Finding:
    return finding(
        ("AN708", "runner-tampering"), severity, file, line, f"{said}: `{text[:80]}`; take it out, or say why",
        about=(said, text),
        fixes=(hunk_back(file, 0, line), run_old()),
        evidence=before_after([("", text)]),
    )  # fmt: skip


RULE = Rule(
    code="AN708",
    slug="runner-tampering",
    severity=Severity.WARNING,
    summary="The code reaches into what runs or judges its tests.",
    what=(
        "A `conftest.py` gains a hook that decides which tests run or how they end; code sets the outcome of a test, skips "
        "from outside of tests, replaces the clock or a function of the runner for the whole process, or makes objects "
        "that equal everything. Ending the process with 0 outside of entry points is information."
    ),
    why="Such a change makes every test pass, those of other people included.",
    example=(
        "```console\n$ autonav check\nconftest.py:5: warning AN708 a hook decides which tests run or what becomes of them: "
        "`def pytest_runtest_makereport`; take it out, or say why\n```"
    ),
    resolve=(
        "- *Put this hunk back* (`autonav put-back PATH --lines LINE`).\n- *Run the old tests on the new code* (`autonav "
        "validate --old-tests`), which takes the old `conftest.py` too.\n- `autonav: allow AN708 REASON` in a comment above."
    ),
    check=check,
    subject=Audit,
    early=True,
)
