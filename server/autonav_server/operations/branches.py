"""Handle `branches`: what AutoNav made and still stands."""

import asyncio

from autonav_analysis.findings import counted
from autonav_protocol.operations.branches import BranchesParams, BranchesResult, BranchState, MadeBranch
from autonav_server.context import Context
from autonav_server.exploration.made import made_branches


async def run(context: Context, params: BranchesParams) -> BranchesResult:
    return BranchesResult(branches=await asyncio.to_thread(made_branches, context.worktree))


def text(result: BranchesResult) -> str:
    return "\n".join(map(_line, result.branches)) or "no branches; make one: autonav apply ID"


def _line(branch: MadeBranch) -> str:
    tests = f"{branch.tests.passed}/{branch.tests.collected} tests" if branch.tests else "no proof in the ledger"
    words = [
        branch.name,
        branch.tip[:12],
        f"run {branch.run}",
        tests if branch.verified or not branch.tests else f"not verified ({tests} where it was made)",
        "merged" if branch.merged else "not merged",
    ]
    if branch.state == BranchState.ADDED_TO:
        words.append(f"{counted(len(branch.added), 'commit')} added by others")
    elif branch.state != BranchState.AS_MADE:
        words.append(branch.state)
    return "  ".join((*words, *branch.uses, branch.title))
