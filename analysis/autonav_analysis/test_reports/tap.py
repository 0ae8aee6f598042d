"""The Test Anything Protocol, as node's test runner prints it.

An id is `suite > inner > test`: subtests stand indented under a comment `# Subtest: suite`. Names are taken
without their escapes. A test that is to do is skipped, whatever became of it.
"""

import re
from dataclasses import dataclass, field

from autonav_analysis.test_reports._parsed import NO_TESTS, Parsed, Parser, add, first
from autonav_protocol.values.evaluation import Outcome

POINT = re.compile(r"(?P<not>not )?ok\b(?: +\d+)?(?: +-)? *(?P<rest>.*)")
DIRECTIVE = re.compile(r"(?<!\\)# *(skip|todo)\b", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)(?: *# *(skip)?.*)?$", re.IGNORECASE)
SUBTEST = "# Subtest: "
STEP = 4


def parse(data: bytes) -> Parsed:
    """Return what the test points say; a plan that is missing or not kept is a problem."""
    seen = _Seen()
    for line in data.decode("utf-8", "replace").splitlines():
        _line(seen, line)
    return Parsed(seen.outcomes, _problem(seen))


@dataclass
class _Seen:
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    points: int = 0
    deepest: int = 0
    plan: int | None = None
    skips_all: bool = False
    bailed: str | None = None
    block: str | None = None


def _line(seen: _Seen, line: str) -> None:
    text = line.lstrip(" ")
    indent = len(line) - len(text)
    if seen.block is not None:
        if line.rstrip() == f"{seen.block}...":
            seen.block = None
        return
    if text.rstrip() == "---":
        seen.block = " " * indent
        return
    depth = indent // STEP
    plan = PLAN.match(text)
    if text.startswith("Bail out!"):
        seen.bailed = text[len("Bail out!") :].strip()
    elif text.startswith(SUBTEST):
        del seen.names[depth:]
        seen.names += [""] * (depth - len(seen.names)) + [_unescaped(text[len(SUBTEST) :])]
    elif plan and depth == 0:
        seen.plan, seen.skips_all = int(plan[1][:9]), plan[2] is not None
    elif point := POINT.match(text):
        _point(seen, depth, point)


def _point(seen: _Seen, depth: int, point: re.Match[str]) -> None:
    rest = point["rest"]
    directive = DIRECTIVE.search(rest)
    name = _unescaped(rest[: directive.start()] if directive else rest) or "(no name)"
    outcome = Outcome.FAILED if point["not"] else Outcome.PASSED
    add(seen.outcomes, " > ".join((*seen.names[:depth], name)), Outcome.SKIPPED if directive else outcome)
    seen.points += depth == 0
    seen.deepest = depth


def _problem(seen: _Seen) -> str:
    if seen.bailed is not None:
        return f"the run bailed out: {seen.bailed or 'no reason is given'}"
    if seen.skips_all and not seen.outcomes:
        return "the plan skips all tests"
    if not seen.outcomes and seen.plan is None:
        return "the report is no TAP"
    return first(
        "" if not seen.deepest and seen.block is None else "the report breaks off inside a test",
        "the report has no plan: it may break off" if seen.plan is None else "",
        f"{seen.points} of the {seen.plan} planned tests are reported" if seen.plan != seen.points else "",
        "" if seen.outcomes else NO_TESTS,
    )


def _unescaped(name: str) -> str:
    return re.sub(r"\\([#\\])", r"\1", name).strip()


PARSER = Parser("tap", parse)
