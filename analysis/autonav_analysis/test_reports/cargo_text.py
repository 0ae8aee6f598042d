"""What `cargo test` prints, its two streams in one.

An id is `crate::module::test`, a test of documentation `crate::path - item`; the crate is left out where the
lines `Running ...` and `Doc-tests ...`, which cargo prints to its standard error, are missing. Line numbers
and the marks `should panic` and `compile` are no part of an id: they change with edits elsewhere.
A target that dies is an error under the name of its crate, a compile error under the name cargo gives it.
"""

import re
from dataclasses import dataclass, field

from autonav_analysis.test_reports._parsed import NO_TESTS, Parsed, Parser, add, first
from autonav_protocol.values.evaluation import Outcome

OUTCOMES = {"ok": Outcome.PASSED, "FAILED": Outcome.FAILED, "ignored": Outcome.SKIPPED}
BINARY = re.compile(r"([\w-]+)-[0-9a-f]{16}(?:\.exe)?\)?")
DOC_TESTS = re.compile(r" +Doc-tests (\S+)$")
BEGIN = re.compile(r"running (\d+) tests?$")
TEST = re.compile(r"test (.+?) \.\.\. ?(.*)$")
MARKS = re.compile(r"( \(line \d+\))?( - (should panic|compile fail|compile))?$")
RESULT = re.compile(r"test result: (ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured")
NOT_COMPILED = re.compile(r"error: could not compile `([^`]+)`")
DIED = re.compile(r"error: (?:test|doctest|bench) failed, to rerun pass|error: \d+ targets? failed")


def parse(data: bytes) -> Parsed:
    """Return what the lines say; a block whose tests and summary disagree is a problem."""
    seen = _Seen()
    for line in data.decode("utf-8", "replace").splitlines():
        _line(seen, line)
    _close(seen)
    return Parsed(seen.outcomes, _problem(seen))


@dataclass
class _Seen:
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    crate: str = ""
    blocks: int = 0
    running: int | None = None
    told: list[Outcome] = field(default_factory=list)
    pending: str = ""
    in_failures: bool = False
    errors: list[str] = field(default_factory=list)


def _line(seen: _Seen, line: str) -> None:
    if target := _target(line):
        _close(seen)
        seen.crate = target
    elif (begin := BEGIN.match(line)) and not seen.in_failures:
        _close(seen)
        seen.running, seen.blocks = int(begin[1][:9]), seen.blocks + 1
    elif broken := NOT_COMPILED.match(line):
        add(seen.outcomes, broken[1], Outcome.ERROR)
        seen.problems.append(f"{broken[1]} does not compile")
    elif seen.running is None:
        if line.startswith("error: ") and not DIED.match(line):
            seen.errors.append(line.removeprefix("error: "))
    elif result := RESULT.match(line):
        _result(seen, result)
    elif line == "failures:":
        seen.in_failures = True
    elif DIED.match(line):
        _close(seen)
    elif not seen.in_failures:
        _inside(seen, line)


def _target(line: str) -> str:
    found = DOC_TESTS.match(line)
    if not found and line.lstrip(" ").startswith("Running ") and line.startswith(" "):
        found = BINARY.fullmatch(re.split(r"[/\\( ]", line)[-1])
    return found[1].replace("-", "_") if found else ""


def _inside(seen: _Seen, line: str) -> None:
    test = TEST.match(line)
    if test:
        seen.pending = MARKS.sub("", test[1])
        line = test[2]
    word = line.split(",")[0]
    if word not in OUTCOMES and line.endswith("FAILED"):
        word = "FAILED"
    if seen.pending and word in OUTCOMES:
        add(seen.outcomes, "::".join(part for part in (seen.crate, seen.pending) if part), OUTCOMES[word])
        seen.told.append(OUTCOMES[word])
        seen.pending = ""


def _result(seen: _Seen, result: re.Match[str]) -> None:
    counted = [seen.told.count(OUTCOMES[word]) for word in ("ok", "FAILED", "ignored")]
    said = [int(result[number]) for number in (2, 3, 4)]
    if counted != said or (result[1] == "FAILED") != (said[1] > 0):
        seen.problems.append(f"{_place(seen)}: the lines of its tests and its summary disagree")
        if result[1] == "FAILED" and not counted[1]:
            add(seen.outcomes, _place(seen), Outcome.ERROR)
    _reset(seen)


def _close(seen: _Seen) -> None:
    if seen.running is not None:
        add(seen.outcomes, _place(seen), Outcome.ERROR)
        seen.problems.append(f"{_place(seen)} broke off after {len(seen.told)} of its {seen.running} tests")
    _reset(seen)


def _reset(seen: _Seen) -> None:
    seen.running, seen.told, seen.pending, seen.in_failures = None, [], "", False


def _place(seen: _Seen) -> str:
    return seen.crate or "a test target"


def _problem(seen: _Seen) -> str:
    if not seen.blocks:
        return first(*seen.problems, *seen.errors, "the report is no output of cargo test")
    return first(*seen.problems, *seen.errors, "" if seen.outcomes else NO_TESTS)


PARSER = Parser("cargo_text", parse)
