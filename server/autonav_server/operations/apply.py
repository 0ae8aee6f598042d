"""Handle `apply`: a verified candidate becomes a branch."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from blake3 import blake3

from autonav_analysis.findings import counted
from autonav_protocol.errors import Conflict
from autonav_protocol.operation import Surface
from autonav_protocol.operations.apply import ApplyParams, ApplyResult, Preview
from autonav_server.context import Context
from autonav_server.exploration.application import apply_as_verified, apply_onto_now, preview
from autonav_server.exploration.proof import APPLIED
from autonav_server.exploration.records import candidate
from autonav_server.worktree.paths import cache_folder, private_folder
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
    try:
        made = await asyncio.to_thread(
            _alone, worktree, lambda: make(worktree, chosen, branch, params.diff, trusted=trusted)
        )
    except Conflict:
        if context.surface is Surface.EDITOR:
            shown = await asyncio.to_thread(_alone, worktree, lambda: preview(worktree, chosen, trusted=trusted))
            _show_moved(context, chosen.id, params, shown)
        raise
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


def _show_moved(context: Context, candidate: str, params: ApplyParams, shown: Preview) -> None:
    """Open how a candidate fits on what is here now, and offer to build it there where it does."""
    if not shown.moved:
        return
    path = private_folder(cache_folder() / "candidates") / f"{candidate}-now.diff"
    path.write_text(_page(shown), "utf-8", "surrogateescape")
    context.show(str(path), 1)
    if shown.diff:
        seen = blake3(shown.diff.encode("utf-8", "surrogateescape")).hexdigest()
        again = {"candidate": candidate, "branch": params.branch, "onto_now": True, "diff": seen}
        said = f"{'; '.join(shown.moved)}; it fits on what is here now, which no test has run on"
        context.offer(context.worktree, said, {"Apply on what is here now": ("apply", again)})


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
