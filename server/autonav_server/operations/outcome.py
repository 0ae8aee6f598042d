"""Handle `outcome`: ask git what became of applied candidates, and note what a person says."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from autonav_analysis.findings import counted
from autonav_protocol.errors import BadRequest, NotFound
from autonav_protocol.operations.outcome import KnownOutcome, OutcomeParams, OutcomeResult
from autonav_server.context import Context
from autonav_server.exploration.proof import APPLIED, SAID, proof_for, records
from autonav_server.grants import demand_person
from autonav_server.learning.outcomes import Applied, judged
from autonav_server.worktree import tasks
from autonav_server.worktree.worktree import Worktree

WORKED_ON = ("explore.start", "simplify.end", APPLIED)
"""Kinds of records that name a run."""


async def run(context: Context, params: OutcomeParams) -> OutcomeResult:
    worktree = context.worktree
    said = {"ci": params.ci, "review_minutes": params.review_minutes}
    if any(value is not None for value in said.values()):
        if params.of is None:
            raise BadRequest("it is not said of what", "autonav outcome RUN --ci green")
        demand_person(context.surface, "what became of a run")
        _demand_known(worktree, params.of)
        context.record(SAID, {"of": params.of, **said})
    found = await asyncio.to_thread(lambda: list(_outcomes(worktree, datetime.now(UTC))))
    if params.of is not None:
        found = [each for each in found if each.of == params.of]
    stood = [each.became for each in found if each.became in ("kept", "reverted", "rewritten")]
    return OutcomeResult(outcomes=tuple(found), kept=stood.count("kept"), judged=len(stood))


def text(result: OutcomeResult) -> str:
    return "\n".join(_lines(result)) or "nothing was applied yet; autonav apply makes a branch of a candidate"


def _lines(result: OutcomeResult) -> Iterator[str]:
    for each in result.outcomes:
        words = [
            each.of,
            each.became or "not applied",
            each.branch,
            each.commit[:12],
            f"CI {each.ci}" if each.ci else "",
        ]
        words.append("" if each.review_minutes is None else f"{each.review_minutes:g} min of review")
        words.append("" if each.score is None else f"score {each.score:.2f}")
        yield "  ".join(word for word in words if word)
    if result.judged:
        yield f"{result.kept} of {counted(result.judged, 'applied change')} kept after seven days"


def _outcomes(worktree: Worktree, today: datetime) -> Iterator[KnownOutcome]:
    """Yield what became of each application, then what was said of runs and tasks of which nothing was applied."""
    said: dict[str, dict[str, Any]] = {}
    for each in records(worktree.store, SAID):
        told = {name: value for name, value in each.data.items() if name != "root" and value is not None}
        said[told["of"]] = said.get(told["of"], {}) | told
    applied = records(worktree.store, APPLIED) if worktree.has_git else ()
    for each in applied:
        yield _of(each.data["run"], said, _judged(worktree, each.at, each.data, today))
    yield from (_of(name, said, {}) for name in said if name not in {each.data["run"] for each in applied})


def _judged(worktree: Worktree, at: str, data: Mapping[str, Any], today: datetime) -> dict[str, Any]:
    proof = proof_for(worktree.store, data["run"], data["candidate"])
    shown = {"candidate": data["candidate"], "branch": data["branch"], "at": at}
    if proof is None:
        return shown
    what = Applied(datetime.fromisoformat(at), data["commits"][-1], data["head"], proof.diff)
    became, commit = judged(worktree, what, today)
    return {**shown, "became": became, "commit": commit}


def _of(name: str, said: Mapping[str, Mapping[str, Any]], shown: Mapping[str, Any]) -> KnownOutcome:
    told = said.get(name, {})
    ci, minutes = told.get("ci"), told.get("review_minutes")
    score = None if ci is None or minutes is None else (ci == "green") - minutes / 60
    return KnownOutcome(name, **shown, ci=ci, review_minutes=minutes, score=score)


def _demand_known(worktree: Worktree, name: str) -> None:
    runs = {each.data.get("run") for kind in WORKED_ON for each in records(worktree.store, kind)}
    if name not in runs and name not in tasks.slugs(worktree):
        raise NotFound(f"there is no run or task {name}", "autonav log lists both")
