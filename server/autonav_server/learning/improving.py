"""What self-improve tries and on what: challengers of the settings in force, and rows of costs from records."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from autonav_analysis.findings import counted
from autonav_analysis.learning.improvement import Challenger, Row, Sets, halves
from autonav_analysis.learning.pairs import costs_of
from autonav_analysis.learning.weights import ENOUGH, learnt, solved
from autonav_protocol.errors import BadRequest
from autonav_protocol.settings import Settings
from autonav_protocol.values.learning import RunRecord
from autonav_protocol.values.record import LedgerRecord
from autonav_protocol.values.trial import Cost, Pair
from autonav_server.evaluation.pool import Pool
from autonav_server.learning.tuning import tunables, tuning_of, with_values

PROPOSED = "self-improve"
"""The kind of a proposal in the ledger."""


LOOKS = (20, 40, 80, 160, 320)
"""After so many explorations under settings that were proposed it is asked whether to look at them again."""


class Arms(NamedTuple):
    """Challengers that records can answer, those that only running can, and of what else is tunable why it is not tried."""

    replayable: list[Challenger]
    live: list[Challenger]
    left_out: list[str]


def arms(settings: Settings, records: Sequence[RunRecord], proposals: Iterable[LedgerRecord]) -> Arms:
    """Return what may be tried; ways back from proposals that were taken up come first."""
    found = Arms([*_ways_back(settings, proposals)], [], [])
    for name, told in tunables().items():
        section, _, field = name.partition(".")
        now = getattr(getattr(settings, section), field)
        if isinstance(now, dict):
            _add_learnt(found, name, records, told["ge"], told["le"])
            continue
        tried = [
            Challenger((f"{name}={json.dumps(each)}",), f"{name} is {now:g}")
            for each in told["challengers"]
            if each != now
        ]
        if name == "explore.workers":
            found.live.extend(Challenger(each.sets, each.why, "seconds") for each in tried)
        elif any(tuning_of(with_values(settings, each.sets)) != tuning_of(settings) for each in tried):
            found.replayable.extend(tried)
        else:
            found.left_out.append(f"{name}: no record tells which way would have been better")
    return found


def due(settings: Settings, proposals: Iterable[LedgerRecord], ended: Sequence[str]) -> str:
    """Return what asks for another look at settings that were proposed, "" where none is due; `ended` are times of runs."""
    for each in _ways_back(settings, proposals):
        since = sum(at > each.since for at in ended)
        if since in LOOKS:
            return (
                f"{since} explorations since {each.since[:10]}, when a proposal of settings was made that is in force"
            )
    return ""


async def replayed_rows(
    settings: Settings,
    records: Sequence[RunRecord],
    challengers: Sequence[Challenger],
    seconds: float,
    report: Callable[[str, float | None], None],
) -> tuple[list[Row], list[str]]:
    """Return a row for each record, newest first, as far as there is time, and why others have none."""
    tunings = [tuning_of(settings), *(tuning_of(with_values(settings, each.sets)) for each in challengers)]
    newest = sorted(records, key=lambda each: each.at, reverse=True)
    rows, left_out, deadline = list[Row](), list[str](), time.monotonic() + seconds
    pool = Pool(settings.explore.workers, repeatable=(costs_of,))
    try:
        waiting = [asyncio.wrap_future(pool.submit(costs_of, each, tunings)) for each in newest]
        for number, (record, call) in enumerate(zip(newest, waiting, strict=True), 1):
            try:
                costs = await asyncio.wait_for(call, max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                left_out.append(f"{counted(len(newest) - number + 1, 'run')}: there was no more time")
                break
            report(f"replayed {number} of {counted(len(newest), 'run')}", number / len(newest))
            if costs is None:
                left_out.append(f"{record.run}: another version of the search or the rewrites made it")
            else:
                rows.append(_row(record, challengers, costs))
    finally:
        pool.shutdown(cancel_futures=True)
    return rows, left_out


def _row(record: RunRecord, challengers: Sequence[Challenger], costs: Sequence[Cost]) -> Row:
    pairs = {each.sets: Pair(record.task, costs[0], cost) for each, cost in zip(challengers, costs[1:], strict=True)}
    return Row(record.project, record.task, record.at, pairs)


def _ways_back(settings: Settings, proposals: Iterable[LedgerRecord]) -> Iterator[Challenger]:
    """Yield for each proposal that is in force now what it replaced, once and from when it was made first."""
    known = set[Sets]()
    for each in proposals:
        sets, before = tuple(each.data["sets"]), tuple(each.data["before"])
        if before not in known and _is_in_force(settings, sets, before):
            known.add(before)
            yield Challenger(before, f"it was so before the proposal of {each.at[:10]}", since=each.at)


def _is_in_force(settings: Settings, sets: Sets, before: Sets) -> bool:
    """Return whether settings are as proposed; never where another version proposed what this one does not know."""
    try:
        return with_values(settings, sets) == settings != with_values(settings, before)
    except BadRequest:
        return False


def _add_learnt(found: Arms, name: str, records: Sequence[RunRecord], least: float, most: float) -> None:
    """Add weights learnt on the half that chooses, or why there are none."""
    rows = {id(each): Row(each.project, each.task, each.at, {}) for each in records}
    first = {id(row) for row in halves(rows.values())[0]}
    choosing = [each for each in records if id(rows[id(each)]) in first]
    factors = learnt(choosing, least, most)
    if factors:
        sets: Sets = tuple(f"{name}.{rewrite}={factor}" for rewrite, factor in factors.items())
        found.replayable.append(Challenger(sets, f"learnt from {counted(solved(choosing), 'solved task')}, shrunk"))
    else:
        found.left_out.append(
            f"{name}: learnt from {ENOUGH} solved tasks or more, of which there are {solved(choosing)}"
        )
