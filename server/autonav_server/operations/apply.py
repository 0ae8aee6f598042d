"""Handle `apply`: a verified candidate becomes a branch."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from autonav_analysis.findings import counted
from autonav_protocol.operations.apply import ApplyParams, ApplyResult, Preview
from autonav_server.context import Context
from autonav_server.exploration.application import apply_as_verified, apply_onto_now, preview
from autonav_server.exploration.proof import APPLIED
from autonav_server.exploration.records import candidate
from autonav_server.worktree.worktree import Worktree

T = TypeVar("T")


async def run(context: Context, params: ApplyParams) -> ApplyResult:
    worktree = context.worktree
    chosen = candidate(worktree, params.candidate)
    branch = params.branch or f"autonomous/{chosen.run}"
    trusted = context.trusted(worktree)
    if params.preview:
        shown = await asyncio.to_thread(_alone, worktree, lambda: preview(worktree, chosen, trusted=trusted))
        return ApplyResult(branch=branch, commit="", commits=(), verified=not shown.moved, preview=shown)
    make = apply_onto_now if params.onto_now else apply_as_verified
    made = await asyncio.to_thread(
        _alone, worktree, lambda: make(worktree, chosen, branch, params.diff, trusted=trusted)
    )
    done = {"candidate": chosen.id, "run": chosen.run, "branch": branch, "commits": made.commits}
    context.record(APPLIED, {**done, "head": made.head, "verified": made.verified})
    return ApplyResult(branch=branch, commit=made.commits[-1], commits=made.commits, verified=made.verified)


def text(result: ApplyResult) -> str:
    if result.preview:
        return _page(result.preview)
    said = f"branch {result.branch} at {result.commit[:12]} ({counted(len(result.commits), 'commit')})"
    if result.verified:
        return f"{said}; nothing else was touched"
    return f"{said}, not verified: git switch {result.branch} and autonav validate; nothing else was touched"


def exit_code(params: ApplyParams, result: ApplyResult) -> int:
    """Return 1 for a preview that does not merge."""
    return 1 if result.preview and not result.preview.clean else 0


def _page(shown: Preview) -> str:
    if not shown.moved:
        return f"nothing moved; it applies as verified\n{shown.diff}"
    said = "\n".join(shown.moved)
    if shown.conflicts:
        parts = (f"{each.path}: {each.reason}\n{each.hunks}" for each in shown.conflicts)
        return f"{said}\nit conflicts in {counted(len(shown.conflicts), 'file')}\n" + "\n".join(parts)
    if not shown.diff:
        return f"{said}\nits change is here already"
    return f"{said}\nit merges cleanly; build it there, not verified, with --onto-now\n{shown.diff}"


def _alone(worktree: Worktree, work: Callable[[], T]) -> T:
    with worktree.alone():
        return work()
