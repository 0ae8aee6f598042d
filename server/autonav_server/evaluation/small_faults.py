"""How much tests prove of some lines: small faults are put into them, and it is counted how many the tests notice."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from itertools import islice
from typing import NamedTuple

from autonav_analysis.search.proposals import apply, proposals, still_parses
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.evaluation import Outcome as TestOutcome
from autonav_server.evaluation.work import Setup, Work, evaluate


class Noticed(NamedTuple):
    """How many small faults were noticed, of how many that were judged, and the CPU seconds it took."""

    faults: int
    tried: int
    cpu_seconds: float


def noticed(
    pool: Executor,
    setup: Setup,
    contents: Mapping[str, bytes],
    lines: Mapping[str, Collection[int]],
    tests: Sequence[str],
    cpu_seconds: int,
    *,
    most: int,
    until: float,
) -> Noticed:
    """Put up to `most` faults, the likeliest, into lines `{path: numbers}` of `contents`, and judge each by tests that pass.

    Those that are not judged until then, in time.monotonic, do not count.
    """
    futures: list[Future[Evaluation]] = []
    for path, faulty in islice(_faults(contents, lines), most):
        futures.append(
            pool.submit(evaluate, Work(setup, {**contents, path: faulty}, tuple(tests), cpu_seconds, fast=True))
        )
    done, late = wait(futures, timeout=max(0.0, until - time.monotonic()))
    for each in late:
        each.cancel()
    seen = [each.result() for each in done]
    return Noticed(sum(not holds(each, tests) for each in seen), len(seen), sum(used(each) for each in seen))


def holds(seen: Evaluation, tests: Sequence[str]) -> bool:
    """Return whether all of the tests pass, and the run came to its end."""
    return not seen.problem and all(seen.outcomes.get(test) is TestOutcome.PASSED for test in tests)


def used(seen: Evaluation) -> float:
    """Return the CPU seconds of a run, all of its seconds where nobody knows."""
    return seen.seconds if seen.cpu_seconds is None else seen.cpu_seconds


def _faults(contents: Mapping[str, bytes], lines: Mapping[str, Collection[int]]) -> Iterator[tuple[str, bytes]]:
    wanted = {(path, line): 1.0 for path, numbers in lines.items() for line in numbers}
    likely = sorted(proposals({path: contents[path] for path in lines}, wanted), key=lambda each: -each.prior)
    for each in likely:
        for edit in each.edits[:1]:
            faulty = apply(contents[edit.path], edit)
            if each.line in lines[edit.path] and still_parses(edit.path, contents[edit.path], faulty):
                yield edit.path, faulty
