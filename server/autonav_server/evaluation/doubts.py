"""What the tests leave open about verified candidates: how little they may notice, and where candidates differ."""

import difflib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import NamedTuple

from autonav_analysis.findings import counted
from autonav_analysis.search.questions import questions
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.evaluation import Outcome as TestOutcome
from autonav_server.evaluation.messages import Progress, Request
from autonav_server.evaluation.outcome import Shown
from autonav_server.evaluation.questions import compare
from autonav_server.evaluation.small_faults import noticed
from autonav_server.evaluation.starting_point import StartingPoint
from autonav_server.evaluation.work import Setup

MOST_FAULTS = 12
"""Small faults that are put into the lines of each candidate that is looked at."""

EXAMINED = 3
"""Candidates, the best ones, of which it is counted how many faults their tests notice."""

SHARE, LEAST, MOST = 0.25, 2.0, 10.0
"""Seconds for that: a part of what the search took, within limits."""


class Doubts(NamedTuple):
    """The candidates with what is doubtful about them, sentences about all of them, and the CPU seconds it took."""

    shown: Shown
    notes: tuple[str, ...]
    cpu_seconds: float


class _Lines(NamedTuple):
    """The lines of a file that a change took away and put there, 1-based."""

    before: Collection[int]
    after: Collection[int]


def doubts(
    request: Request,
    start: StartingPoint,
    setup: Setup,
    shown: Shown,
    pool: Executor,
    home: str,
    report: Callable[[Progress], None],
    *,
    took: float,
    seconds: int,
) -> Doubts:
    """Return the candidates with their risks and what to ask; `took` is what the search did, `seconds` a run's limit."""
    if not shown.candidates:
        return Doubts(shown, (), 0.0)
    notes: tuple[str, ...] = ()
    if len(shown.candidates) > 1:
        report(Progress(message="looking for calls on which the candidates differ"))
        touched = [_touched(start, files) for files in shown.contents.values()]
        tests = sorted({test for lines in touched for test in _running(start, lines)})
        compared = compare(setup, shown.contents, (*start.targets, *tests), home, request.seed)
        ranked = [each.id for each in shown.candidates]
        shown = shown._replace(questions=questions(compared.calls, ranked))
        refused = compared.refused or {}
        notes = (*_not_compared(shown, refused),)
        if len(ranked) - len(refused) > 1:
            notes = (_compared(compared.tried, len(shown.questions)), *notes)
    until = time.monotonic() + min(MOST, max(LEAST, SHARE * took))
    judged, cpu = [], 0.0
    for each in shown.candidates[:EXAMINED]:
        report(Progress(message="seeing how many small faults the tests notice"))
        said, used = _examined(start, setup, each, shown.contents[each.id], pool, seconds, until)
        judged.append(replace(each, rank_reasons=(*each.rank_reasons, said)))
        cpu += used
    return Doubts(shown._replace(candidates=(*judged, *shown.candidates[EXAMINED:])), notes, cpu)


def _examined(
    start: StartingPoint,
    setup: Setup,
    candidate: Candidate,
    contents: Mapping[str, bytes],
    pool: Executor,
    seconds: int,
    until: float,
) -> tuple[str, float]:
    """Return in a sentence what the tests prove of the lines that a candidate touched, and the CPU seconds it took."""
    touched = _touched(start, contents)
    proof = candidate.evaluation.outcomes if candidate.evaluation else {}
    asked = (*start.targets, *_running(start, touched))
    tests = tuple(dict.fromkeys(test for test in asked if proof.get(test) is TestOutcome.PASSED))
    lines = {path: each.after for path, each in touched.items() if each.after}
    if not any((path, line) in start.suspicion for path, each in touched.items() for line in each.before):
        return "the failing tests did not run these lines before the change", 0.0
    found = noticed(pool, setup, contents, lines, tests, seconds, most=MOST_FAULTS, until=until)
    if not found.tried:
        return "it was not seen how many small faults in these lines the tests notice", found.cpu_seconds
    said = f"{found.faults} of {counted(found.tried, 'small fault')} in these lines are noticed by the tests"
    return said, found.cpu_seconds


def _touched(start: StartingPoint, contents: Mapping[str, bytes]) -> dict[str, _Lines]:
    return {path: _changed(start.sources[path], data) for path, data in contents.items()}


def _changed(before: bytes, after: bytes) -> _Lines:
    """Return the lines that differ; where some were only put in, those around them count as taken."""
    old, new = before.split(b"\n"), after.split(b"\n")
    taken, put = set[int](), set[int]()
    for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            taken.update(range(i1 + 1, i2 + 1) if i2 > i1 else (i1, i1 + 1))
            put.update(range(j1 + 1, j2 + 1))
    return _Lines(taken, put)


def _running(start: StartingPoint, touched: Mapping[str, _Lines]) -> Sequence[str]:
    """Return the passing tests that run touched lines."""
    lines = [(path, line) for path, each in touched.items() for line in each.before]
    return sorted({test for line in lines for test in start.covering.get(line, ())})


def _compared(tried: int, asked: int) -> str:
    if not tried:
        return "they could not be compared on calls"
    if not asked:
        return f"they come to the same on {counted(tried, 'call')}"
    return f"they differ: {counted(asked, 'question')} after {counted(tried, 'call')}"


def _not_compared(shown: Shown, refused: Mapping[str, str]) -> Sequence[str]:
    numbers = {each.id: number for number, each in enumerate(shown.candidates, 1)}
    return tuple(
        f"candidate {numbers[name]} was not compared: {why}" for name, why in refused.items() if name in numbers
    )
