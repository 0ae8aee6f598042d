"""Handle `apply`: a verified candidate becomes a branch."""

import asyncio

from blake3 import blake3

from autonav_analysis.findings import counted
from autonav_protocol.errors import Conflict, Refused
from autonav_protocol.operations.apply import ApplyParams, ApplyResult
from autonav_protocol.values.candidate import Candidate
from autonav_server.context import Context
from autonav_server.exploration.branch import commit_on_branch
from autonav_server.exploration.records import candidate
from autonav_server.ledger.chain import last_records
from autonav_server.worktree.worktree import Worktree


async def run(context: Context, params: ApplyParams) -> ApplyResult:
    worktree = context.worktree
    chosen = candidate(worktree, params.candidate)
    if not chosen.verified:
        raise Refused(f"candidate {chosen.id} is not verified", "explore again")
    if params.diff is not None and blake3(chosen.diff.encode("utf-8", "surrogateescape")).hexdigest() != params.diff:
        raise Conflict(f"candidate {chosen.id} is not the diff you saw", "look at it again")
    branch = params.branch or f"autonomous/{chosen.run}"
    head = last_records(worktree.store, 1)
    trailers = {"AutoNav-Run": chosen.run, "AutoNav-Ledger": head[0].digest if head else ""}
    commits = await asyncio.to_thread(_committed, worktree, chosen, branch, trailers)
    context.record("apply", {"candidate": chosen.id, "run": chosen.run, "branch": branch, "commits": commits})
    return ApplyResult(branch=branch, commit=commits[-1], commits=commits)


def _committed(worktree: Worktree, chosen: Candidate, branch: str, trailers: dict[str, str]) -> tuple[str, ...]:
    with worktree.alone():
        return commit_on_branch(worktree, chosen, branch, trailers)


def text(result: ApplyResult) -> str:
    return f"branch {result.branch} at {result.commit[:12]} ({counted(len(result.commits), 'commit')}); nothing else was touched"
