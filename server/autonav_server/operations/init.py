"""Handle `init`: learn a budget from the history, and begin a settings file."""

import asyncio

from autonav_analysis.contracts.usual_size import FEWEST, usual_budget
from autonav_protocol.errors import Conflict
from autonav_protocol.operations.init import InitParams, InitResult
from autonav_server.context import Context
from autonav_server.worktree.atomic import write_atomically
from autonav_server.worktree.configuration import FILES, policy
from autonav_server.worktree.past_work import lines_by_commit

LAST = 200


def free(context: Context, params: InitParams) -> bool:
    """What is only shown needs no grant."""
    return params.dry_run


async def run(context: Context, params: InitParams) -> InitResult:
    worktree = context.worktree
    past = await asyncio.to_thread(lines_by_commit, worktree, f"--max-count={LAST}") if worktree.has_git else {}
    sizes = [each for each in past.values() if each]
    files, lines = usual_budget(sizes)
    learnt = f"95 of 100 of the last {len(sizes)} commits here keep to it"
    default = f"the default: {len(sizes)} commits are too few to learn from"
    text = (
        "# What AutoNav holds every task here to; docs/settings.md of AutoNav lists all that can be set.\n\n"
        f"[budget]  # {learnt if len(sizes) >= FEWEST else default}\nfiles = {files}\nlines = {lines}\n"
    )
    result = InitResult(text=text, commits=len(sizes), files=files, lines=lines)
    if params.dry_run:
        return result
    if there := policy(worktree.root).path:
        raise Conflict(f"{there} is there already", "add what `autonav init --dry-run` shows by hand")
    await asyncio.to_thread(write_atomically, worktree.path(FILES[0]), text.encode(), "100644")
    context.record("init", {"files": files, "lines": lines, "commits": len(sizes)})
    context.changed(worktree)
    return result.model_copy(update={"path": FILES[0]})


def text(result: InitResult) -> str:
    return f"{result.text}wrote {result.path}" if result.path else result.text.rstrip("\n")
