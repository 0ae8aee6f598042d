"""What `python -m unittest -v` prints to its standard error.

An id is `module.Class.test`; `module.Class.setUpClass` where that broke, and the module's own name where it
could not be imported. The outcome of a test is the worst of its subtests. An expected failure passed,
an unexpected success failed.
"""

import re
from dataclasses import dataclass, field

from autonav_analysis.test_reports._parsed import Parsed, Parser, add, any_bad, first
from autonav_protocol.values.evaluation import Outcome

HEADER = re.compile(r" *(?P<name>[^\s(]+) \((?P<holder>[\w<>]+(?:\.[\w<>]+)+)\)(?P<rest>$| \.\.\..*$| [\[(].*$)")
SECTION = re.compile(r"(?P<kind>ERROR|FAIL|UNEXPECTED SUCCESS): (?P<header>.+)$")
RAN = re.compile(r"Ran (\d+) tests? in ")
VERDICT = re.compile(r"(OK|FAILED|NO TESTS RAN)(?: \(.*\))?$")
RESULT = re.compile(r"(unexpected success|expected failure|skipped ['\"].*['\"]|ok|FAIL|ERROR)$")
WHOLE = re.compile(rf"(?:| [\[(].*) \.\.\. {RESULT.pattern}")
OUTCOMES = {
    "ok": Outcome.PASSED,
    "expected failure": Outcome.PASSED,
    "skipped": Outcome.SKIPPED,
    "FAIL": Outcome.FAILED,
    "unexpected success": Outcome.FAILED,
    "ERROR": Outcome.ERROR,
}
SECTIONS = {"ERROR": Outcome.ERROR, "FAIL": Outcome.FAILED, "UNEXPECTED SUCCESS": Outcome.FAILED}
LONGEST = 4000
RULER = "=" * 70
NOT_IMPORTED = "unittest.loader._FailedTest."


def parse(data: bytes) -> Parsed:
    """Return what the lines and the sections of errors say; sections win over lines."""
    seen = _Seen()
    after_ruler = False
    for whole in data.decode("utf-8", "replace").splitlines():
        line = whole if len(whole) <= LONGEST else whole[: LONGEST // 2] + whole[-LONGEST // 2 :]
        section = SECTION.match(line) if after_ruler else None
        header = None if seen.in_sections else HEADER.match(line)
        after_ruler = line == RULER
        if after_ruler:
            _settle(seen)
            seen.in_sections = True
        elif section:
            _section(seen, section)
        elif header:
            _settle(seen)
            seen.tests += not line.startswith(" ")
            seen.pending = _id(header)
            _result(seen, header["rest"])
            if WHOLE.match(header["rest"]):
                _settle(seen)
        else:
            _other(seen, line)
    _settle(seen)
    return Parsed(seen.outcomes, _problem(seen))


@dataclass
class _Seen:
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    pending: str = ""
    result: Outcome | None = None
    tests: int = 0
    in_sections: bool = False
    ran: int | None = None
    verdict: str = ""


def _other(seen: _Seen, line: str) -> None:
    ran, verdict = RAN.match(line), VERDICT.match(line)
    if ran:
        _settle(seen)
        seen.ran, seen.verdict = int(ran[1][:9]), ""
    elif verdict and seen.ran is not None:
        seen.verdict = verdict[1]
    elif seen.pending:
        _result(seen, line)


def _result(seen: _Seen, text: str) -> None:
    found = RESULT.search(text)
    if found:
        word = found[1]
        seen.result = OUTCOMES["skipped" if word.startswith("skipped") else word]


def _settle(seen: _Seen) -> None:
    if seen.pending and seen.result is not None:
        add(seen.outcomes, seen.pending, seen.result)
    seen.pending, seen.result = "", None


def _section(seen: _Seen, section: re.Match[str]) -> None:
    header = HEADER.match(section["header"])
    add(seen.outcomes, _id(header) if header else section["header"], SECTIONS[section["kind"]])


def _id(header: re.Match[str]) -> str:
    name, holder = header["name"], header["holder"]
    whole = holder if holder.endswith(f".{name}") and "." in holder[: -len(name) - 1] else f"{holder}.{name}"
    return whole.removeprefix(NOT_IMPORTED)


def _problem(seen: _Seen) -> str:
    if seen.ran is None and not seen.outcomes:
        return "the report is no output of unittest"
    if seen.ran is None or not seen.verdict:
        return "the report breaks off before its summary"
    if seen.verdict == "NO TESTS RAN" or not seen.outcomes:
        return "no tests ran"
    return first(
        f"{seen.ran} tests ran, but {seen.tests} are told of" if seen.tests < seen.ran else "",
        "the run failed, but none of its tests did" if seen.verdict == "FAILED" and not any_bad(seen.outcomes) else "",
        "the run is OK, but some of its tests failed" if seen.verdict == "OK" and any_bad(seen.outcomes) else "",
    )


PARSER = Parser("unittest_text", parse)
