"""Reports read by the name of their format, and reports of one run put together."""

from collections.abc import Iterable, Mapping
from functools import cache

from autonav_analysis.test_reports._parsed import NO_TESTS, Parsed, Parser, add
from autonav_protocol.collect import collect
from autonav_protocol.values.evaluation import Outcome

LARGEST = 64 * 1024 * 1024


@cache
def all_parsers() -> Mapping[str, Parser]:
    """Return `{name: parser}` of every format."""
    from autonav_analysis import test_reports

    return {parser.name: parser for parser in collect(test_reports, "PARSER", Parser).values()}


def parse(name: str, data: bytes, root: str = "") -> Parsed:
    """Return what a report in the format `name` says; raise KeyError where there is no such format.

    `root` is the folder that the tests ran in, absolute: it is cut out of the ids, so that a run elsewhere
    has the same ids. An empty report, and one above 64 MiB, is a problem.
    """
    parser = all_parsers()[name]
    if len(data) > LARGEST:
        return Parsed({}, f"the report is larger than {LARGEST >> 20} MiB")
    if not data.strip():
        return Parsed({}, "the report is empty")
    parsed = parser.parse(data)
    return Parsed(_below(parsed.outcomes, root), parsed.problem)


def merged(reports: Iterable[Parsed]) -> Parsed:
    """Return the reports of one run as one: of a repeated id the worst outcome, and the problems in a row.

    That one of several files holds no tests is no problem: Surefire writes such a file for a class with inner classes.
    """
    outcomes: dict[str, Outcome] = {}
    problems: dict[str, None] = {}
    for report in reports:
        for test, outcome in report.outcomes.items():
            add(outcomes, test, outcome)
        if report.problem:
            problems[report.problem] = None
    if outcomes:
        problems.pop(NO_TESTS, None)
    return Parsed(outcomes, "; ".join(problems))


def _below(outcomes: Mapping[str, Outcome], root: str) -> Mapping[str, Outcome]:
    prefix = root.rstrip("/") + "/"
    if prefix == "/":
        return outcomes
    found: dict[str, Outcome] = {}
    for test, outcome in outcomes.items():
        add(found, test.replace(prefix, ""), outcome)
    return found
