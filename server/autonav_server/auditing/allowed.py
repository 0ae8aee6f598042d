"""Recording what comments allow, each once."""

from collections.abc import Iterable

from autonav_protocol.operation import Surface
from autonav_protocol.values.finding import Finding
from autonav_server.ledger import chain
from autonav_server.worktree.worktree import Worktree

ALLOWED = "allowed"


def record_allowed(worktree: Worktree, surface: Surface, findings: Iterable[Finding]) -> None:
    """Append to the ledger what a comment allows and why, unless the same was recorded before."""
    allowed = [each for each in findings if each.allowed]
    if not allowed:
        return
    before = {
        (fingerprint, reason)
        for data in chain.data_of(worktree.store, ALLOWED, worktree.root)
        for _, _, fingerprint, reason in data["findings"]
    }
    new = [each for each in allowed if (each.fingerprint, each.allowed) not in before]
    if new:
        listed = [[each.code, each.path, each.fingerprint, each.allowed] for each in new]
        chain.append(worktree.store, ALLOWED, str(surface), {"root": worktree.root, "findings": listed})
