"""JUnit XML, as Surefire, Gradle, pytest and node's junit reporter write it.

An id is `classname::name`, or the one of the two that is there. node's reporter of older versions calls
every class "test": the names of the suites around the test, joined by dots, stand for it then.
"""

from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError

from autonav_analysis.test_reports._expat import RefusedXml, safe_parser
from autonav_analysis.test_reports._parsed import NO_TESTS, Parsed, Parser, add, any_bad, first, worst
from autonav_protocol.values.evaluation import Outcome

OUTCOMES = {"failure": Outcome.FAILED, "error": Outcome.ERROR, "skipped": Outcome.SKIPPED}
NODE_CLASS = "test"


def parse(data: bytes) -> Parsed:
    """Return what one XML file says; of a file that breaks off, the tests before that and a problem."""
    reading = _Reading()
    parser = safe_parser()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    problem = ""
    try:
        parser.Parse(data, True)
    except (ExpatError, RefusedXml, ValueError, LookupError) as error:
        problem = f"the report is no complete XML: {error}"
    return Parsed(reading.outcomes, first(problem, _doubt(reading)))


@dataclass
class _Reading:
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    suites: list[str] = field(default_factory=list)
    test: str = ""
    outcome: Outcome = Outcome.PASSED
    to_do: bool = False
    declared_bad: bool = False
    root: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        parent = self.open[-1] if self.open else ""
        self.open.append(name)
        if name in ("testsuite", "testsuites"):
            self.declared_bad |= any(attributes.get(key, "0") not in ("0", "") for key in ("failures", "errors"))
        if name == "testsuite":
            self.suites.append(attributes.get("name", ""))
        elif name == "testcase":
            self.test, self.outcome, self.to_do = self._id(attributes), Outcome.PASSED, False
        elif parent == "testcase" and name in OUTCOMES:
            self.outcome = worst(self.outcome, OUTCOMES[name])
            self.to_do |= name == "skipped" and attributes.get("type") == "todo"

    def end(self, name: str) -> None:
        self.open.pop()
        if name == "testsuite":
            self.suites.pop()
        elif name == "testcase":
            add(self.outcomes, self.test, Outcome.SKIPPED if self.to_do else self.outcome)

    def _id(self, attributes: dict[str, str]) -> str:
        holder, name = attributes.get("classname", ""), attributes.get("name", "")
        if holder == NODE_CLASS and self.suites:
            holder = ".".join(self.suites)
        holder = holder or (self.suites[-1] if self.suites else "")
        return "::".join(part for part in (holder, name) if part) or "(no name)"


def _doubt(reading: _Reading) -> str:
    if reading.root not in ("testsuite", "testsuites"):
        return f"the report is no JUnit XML: its root is <{reading.root[:80]}>"
    if reading.declared_bad and not any_bad(reading.outcomes):
        return "the report counts failures that none of its tests shows"
    return "" if reading.outcomes else NO_TESTS


PARSER = Parser("junit_xml", parse)
