"""What the rules about runs of tests share: where a test is shown, and what can be done about it."""

from collections.abc import Iterable

from autonav_protocol.values.evaluation import Failure
from autonav_protocol.values.finding import Finding, Fix
from autonav_protocol.values.validation import Validation


def place(validation: Validation, test: str) -> tuple[str, int]:
    """Return the root-relative path and 1-based line at which a test is shown: its own, else the project's manifest."""
    failure = failure_of(validation, test)
    if failure.test_path:
        return inside(validation, failure.test_path), max(1, failure.test_line)
    return validation.manifest, 1


def failure_of(validation: Validation, test: str) -> Failure:
    """Return why a test failed, on the base where it did not fail here."""
    base = validation.base.failures if validation.base else {}
    return validation.evaluation.failures.get(test) or base.get(test) or Failure("")


def inside(validation: Validation, path: str) -> str:
    """Return a path of the project relative to the root."""
    return f"{validation.folder}/{path}" if validation.folder else path


def run_again(validation: Validation, *tests: str) -> Fix:
    """Return the action that runs tests, all of the project's by default, again."""
    params = {"tests": list(tests), "project": validation.folder, "old_tests": validation.old_tests, "fresh": True}
    return Fix("run-again", "Run it again" if tests else "Run the tests again", "validate", params)


def red_old_tests(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the tests of the base that were run on the new code and failed, by their names in that run."""
    broken = (fix.params for each in findings if each.code == "AN801" for fix in each.fixes if fix.id == "run-again")
    return frozenset(test for params in broken if params.get("old_tests") for test in params.get("tests", ()))
