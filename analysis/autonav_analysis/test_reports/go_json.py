"""`go test -json`: one event a line.

An id is `package.TestName/subtest`. A package that does not build, or that fails outside its tests, is an
error under its own name; so is a test that began and never ended.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from autonav_analysis.test_reports._parsed import NO_TESTS, Parsed, Parser, add, first
from autonav_protocol.values.evaluation import Outcome

ENDS = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}
FAILED_BUILD = re.compile(r"^FAIL\t(\S+) \[(build|setup) failed\]")


def parse(data: bytes) -> Parsed:
    """Return what the events say; lines that are no events are passed over, except those that say FAIL."""
    seen = _Seen()
    for line in data.decode("utf-8", "replace").splitlines():
        plain = FAILED_BUILD.match(line)
        if plain:
            _broken(seen, plain[1], "does not build")
        elif line.startswith("{"):
            _line(seen, line)
        elif line.startswith("FAIL\t"):
            _broken(seen, line.split("\t")[1], "failed")
    for package, test in seen.running:
        add(seen.outcomes, f"{package}.{test}", Outcome.ERROR)
    return Parsed(seen.outcomes, _problem(seen))


@dataclass
class _Seen:
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    running: dict[tuple[str, str], None] = field(default_factory=dict)
    packages: dict[str, bool] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    events: int = 0
    garbled: int = 0
    failing: set[str] = field(default_factory=set)


def _line(seen: _Seen, line: str) -> None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        seen.garbled += 1
        return
    if isinstance(event, dict) and isinstance(event.get("Action"), str):
        seen.events += 1
        _event(seen, event)


def _event(seen: _Seen, event: dict[str, Any]) -> None:
    action, package, test = event["Action"], str(event.get("Package", "")), str(event.get("Test", ""))
    if action == "build-fail":
        _broken(seen, str(event.get("ImportPath", "")).split(" ")[0], "does not build")
    if not package:
        return
    if not test:
        _package(seen, package, action, bool(event.get("FailedBuild")))
        return
    seen.packages.setdefault(package, False)
    if action == "run":
        seen.running[package, test] = None
    elif action in ENDS:
        seen.running.pop((package, test), None)
        add(seen.outcomes, f"{package}.{test}", ENDS[action])
        if action == "fail":
            seen.failing.add(package)


def _package(seen: _Seen, package: str, action: str, failed_build: bool) -> None:
    seen.packages[package] = seen.packages.get(package, False) or action in ENDS
    if failed_build:
        _broken(seen, package, "does not build")
    elif action == "fail" and package not in seen.failing:
        _broken(seen, package, "failed outside its tests")


def _broken(seen: _Seen, package: str, how: str) -> None:
    seen.packages[package] = True
    add(seen.outcomes, package, Outcome.ERROR)
    seen.problems.append(f"{package} {how}")


def _problem(seen: _Seen) -> str:
    if not seen.events and not seen.problems:
        return "the report holds no events of go test"
    open_packages = sorted(package for package, ended in seen.packages.items() if not ended)
    return first(
        *seen.problems,
        f"{open_packages[0]} did not come to its end" if open_packages else "",
        f"{next(iter(seen.running))[1]} began and never ended" if seen.running else "",
        "a line of the report is broken" if seen.garbled else "",
        "" if seen.outcomes else NO_TESTS,
    )


PARSER = Parser("go_json", parse)
