"""Every rule against its table of changes."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from autonav_analysis import rules
from autonav_analysis.findings import MESSAGE_LIMIT
from autonav_analysis.judging import judge
from autonav_analysis.rule import Rule
from autonav_analysis.validation import judged
from autonav_protocol.collect import collect
from autonav_protocol.values.audit import Audit, AuditedFile
from autonav_protocol.values.change import Change, ChangeKind, Entry, FileChange, Hunk
from autonav_protocol.values.complexity import ComplexityChange
from autonav_protocol.values.contract import Budget, Contract, ContractText, Scope, ScopeRequest
from autonav_protocol.values.evaluation import Evaluation, Failure, Outcome, TestCounts
from autonav_protocol.values.foreign import ForeignReport, ForeignResult
from autonav_protocol.values.validation import Trial, Validation, Verdict
from support.audits import audit_of, audited_file

FIXTURES = Path(__file__).parent / "fixtures/rules"
CONTRACT = ".autonav/tasks/t.toml"
RULES = collect(rules, "RULE", Rule)


def cases() -> list[Any]:
    found = []
    for module in RULES:
        table = tomllib.loads((FIXTURES / f"{module}.toml").read_text("utf-8"))
        found += [pytest.param(module, case, id=f"{module}: {case['name']}") for case in table["case"]]
    return found


def name(text: str) -> str:
    return text.replace("<80>", "\udc80")


def subject_of(rule: Rule, case: dict[str, Any]) -> object:
    if rule.subject is ContractText:
        others = tuple((slug, tuple(globs)) for slug, globs in case.get("others", ()))
        return ContractText(CONTRACT, "t", case["text"], "abc", tuple(case.get("paths", ())), others)
    if rule.subject is ComplexityChange:
        return ComplexityChange("a.py", "f", 3, 9, case.get("before"), case["after"])
    if rule.subject is Audit:
        return audit_of(case)
    if rule.subject is AuditedFile:
        return audited_file(case)
    if rule.subject is Validation:
        return validation_of(case)
    if rule.subject is ForeignReport:
        return report_of(case)
    return change_of(case)


def report_of(case: dict[str, Any]) -> ForeignReport:
    results = (
        ForeignResult("ruff", "F401", level, "`os` imported but unused", path, line, end_line)
        for level, path, line, end_line in case["results"]
    )
    return ForeignReport(audit_of(case).change, tuple(results))


def validation_of(case: dict[str, Any]) -> Validation:
    failure = Failure("assert 1 == 2\nmore", "src/a.py", 3, "tests/test_a.py", 7)

    def evaluation(outcomes: dict[str, str], problem: str = "") -> Evaluation:
        found = {test: Outcome(outcome) for test, outcome in outcomes.items()}
        failures = {test: failure for test, outcome in outcomes.items() if outcome in ("failed", "error")}
        return Evaluation(outcomes=found, tests=TestCounts(collected=len(found)), failures=failures, problem=problem)

    base = evaluation(case["base"]) if "base" in case else None
    validation = Validation(
        folder=case.get("folder", ""),
        toolchain=case.get("toolchain", "python"),
        manager="pip",
        manifest="pyproject.toml",
        verdict=Verdict.UNPROVEN,
        evaluation=evaluation(case["outcomes"], case.get("problem", "")),
        failure_class=case.get("class", ""),
        trials=(Trial(case["helped"], helped=True),) if "helped" in case else (),
    )
    return judged(validation, base, case.get("flaky", ()))


def change_of(case: dict[str, Any]) -> Change:
    files = [
        FileChange(
            path=name(each["path"]),
            kind=ChangeKind(each["kind"]),
            before=None if each["kind"] == "added" else Entry("100644", "1"),
            after=None if each["kind"] == "deleted" else Entry("100644", "2"),
            hunks=tuple(Hunk(*hunk) for hunk in each.get("hunks", [])),
            added=each.get("added", 0),
            removed=each.get("removed", 0),
            attribution=each.get("attribution", "unattributed"),
            written_at=each.get("written_at"),
            symbols=tuple((symbol, line) for symbol, line in each.get("symbols", ())),
        )
        for each in case["files"]
    ]
    scope = Scope(**{key: tuple(globs) for key, globs in case.get("scope", {}).items()})
    budget = Budget(**case.get("budget", {}))
    return Change(
        contract=Contract(case.get("task", "t"), "a task", scope, budget=budget, expires=case.get("expires", "")),
        files=tuple(files),
        protected=tuple(case.get("protected", ())),
        contract_path=CONTRACT,
        contract_lines=("task = 'a task'", "[scope]", "edit = []"),
        contract_image=case.get("image", "abc"),
        contract_granted=case.get("granted", True),
        policy_path=case.get("policy", ""),
        requests=tuple(ScopeRequest(i, tuple(g), reason, "cli", "now") for i, g, reason in case.get("requests", ())),
        now=case.get("now", "2026-01-01T00:00:00+00:00"),
        started=case.get("started", ""),
        runs=case.get("runs", 0),
    )


@pytest.mark.parametrize(("module", "case"), cases())
def test_rule_finds_what_its_table_says(module: str, case: dict[str, Any]) -> None:
    rule = RULES[module]
    found = list(rule.check(subject_of(rule, case)))
    assert [f"{each.path}:{each.line}-{each.end_line} {each.severity}" for each in found] == [
        name(each) for each in case["found"]
    ]
    for each in found:
        assert (each.code, each.slug) == (rule.code, rule.slug)
        assert each.fixes, "a finding without an action that resolves it"
        assert len(each.message) <= MESSAGE_LIMIT
        assert not each.message.endswith(".")
    if "message" in case:
        assert case["message"] in found[0].message
    if "fixes" in case:
        assert [fix.id for fix in found[0].fixes] == case["fixes"]


@pytest.mark.parametrize("module", RULES)
def test_rule_has_a_table_and_a_page(module: str) -> None:
    assert (FIXTURES / f"{module}.toml").is_file(), f"write tests/fixtures/rules/{module}.toml"
    rule = RULES[module]
    for part in (rule.summary, rule.what, rule.why, rule.example, rule.resolve):
        assert part.strip()


def test_codes_and_slugs_are_unique() -> None:
    assert len({rule.code for rule in RULES.values()}) == len(RULES)
    assert len({rule.slug for rule in RULES.values()}) == len(RULES)


def test_one_path_has_one_scope_finding() -> None:
    case = {
        "files": [{"path": "x.py", "kind": "modified"}],
        "scope": {"edit": ["src/"], "never": ["x.py"], "read_only": ["*.py"]},
        "protected": ["x.py"],
    }
    found = judge(change_of(case))
    assert [each.code for each in found] == ["AN105"]
