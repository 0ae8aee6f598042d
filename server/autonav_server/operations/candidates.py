"""Handle `candidates`: what explorations found."""

from autonav_protocol.operations.candidates import CandidatesParams, CandidatesResult
from autonav_server.context import Context
from autonav_server.exploration.records import candidates_of


async def run(context: Context, params: CandidatesParams) -> CandidatesResult:
    return CandidatesResult(candidates=candidates_of(context.worktree, params.run))


def text(result: CandidatesResult) -> str:
    shown = (
        f"{each.id}  run {each.run}  {'verified' if each.verified else 'not verified'}  "
        f"{each.tests.passed}/{each.tests.collected} tests  {each.title}\n{each.diff}"
        for each in result.candidates
    )
    return "\n".join(shown) or "no candidates; find some: autonav explore --test ID"
