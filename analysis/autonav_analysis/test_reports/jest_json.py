"""jest's `--json` and vitest's `--reporter=json`, which follows it.

An id is `file > describe > test`, the file as the runner names it. A file that did not run is an error
under its own name.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from autonav_analysis.test_reports._parsed import NO_TESTS, Parsed, Parser, add, any_bad, first
from autonav_protocol.values.evaluation import Outcome

OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "pending": Outcome.SKIPPED,
    "skipped": Outcome.SKIPPED,
    "todo": Outcome.SKIPPED,
    "disabled": Outcome.SKIPPED,
    "focused": Outcome.SKIPPED,
}
HEADING = "Test suite failed to run"


def parse(data: bytes) -> Parsed:
    """Return what the one JSON document says; lines before and after it are passed over."""
    document = _document(data)
    if document is None:
        return Parsed({}, "the report is no complete JSON of jest or vitest")
    outcomes: dict[str, Outcome] = {}
    problems = [_file(file, outcomes) for file in _dicts(document["testResults"])]
    return Parsed(outcomes, first(*problems, _doubt(document, outcomes)))


def _document(data: bytes) -> dict[str, Any] | None:
    text = data.decode("utf-8", "replace")
    for candidate in (text, *(line for line in reversed(text.splitlines()) if '"testResults"' in line)):
        try:
            found = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("testResults"), list):
            return found
    return None


def _file(file: dict[str, Any], outcomes: dict[str, Outcome]) -> str:
    name = str(file.get("name", "(no name)"))
    tests = list(_dicts(file.get("assertionResults")))
    for test in tests:
        titles = test.get("ancestorTitles")
        above = [str(title) for title in titles] if isinstance(titles, list) else []
        outcome = OUTCOMES.get(str(test.get("status")), Outcome.ERROR)
        add(outcomes, " > ".join((name, *above, str(test.get("title", "(no name)")))), outcome)
    if file.get("status") == "failed" and not any(test.get("status") == "failed" for test in tests):
        add(outcomes, name, Outcome.ERROR)
        return f"{name} did not run: {_first_line(file.get('message'))}"
    return ""


def _doubt(document: dict[str, Any], outcomes: dict[str, Outcome]) -> str:
    if document.get("success") is not True and not any_bad(outcomes):
        return "the run failed, but none of its tests did"
    return "" if outcomes else NO_TESTS


def _first_line(message: object) -> str:
    lines = [line.strip(" \t●") for line in str(message or "").splitlines()]
    return next((line for line in lines if line and line != HEADING), "no reason is given")[:200]


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    found: Iterable[object] = value if isinstance(value, list) else ()
    return (each for each in found if isinstance(each, dict))


PARSER = Parser("jest_json", parse)
