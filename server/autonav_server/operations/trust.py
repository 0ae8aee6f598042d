"""Handle `trust`: let the worktree's own commands run, or no longer."""

from autonav_protocol.operations.trust import TrustParams, TrustResult
from autonav_server.context import Context
from autonav_server.worktree.trust import set_trusted


def free(context: Context, params: TrustParams) -> bool:
    """Taking trust back only tightens."""
    return params.revoke


async def run(context: Context, params: TrustParams) -> TrustResult:
    worktree = context.worktree
    set_trusted(worktree.root, not params.revoke)
    context.changed(worktree)
    return TrustResult(root=worktree.root, trusted=not params.revoke)


def text(result: TrustResult) -> str:
    return f"{result.root} is {'trusted: its tests may run in a sandbox' if result.trusted else 'not trusted'}"
