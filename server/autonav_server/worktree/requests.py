"""Requests of programs that the active task may touch more; they wait for a person."""

import json

from autonav_analysis.contracts.globs import deciding_glob
from autonav_protocol.errors import NotFound
from autonav_protocol.values.contract import ScopeRequest
from autonav_server.worktree.tasks import Task
from autonav_server.worktree.worktree import Worktree

OPEN, DECLINED = "open", "declined"
MOST = 20
"""So many requests of one task are kept open; a program that floods gets no further."""


def ask(worktree: Worktree, task: Task, globs: tuple[str, ...], reason: str, surface: str, at: str) -> ScopeRequest:
    """Keep a request and return it; the same one twice is one."""
    for known in waiting(worktree, task):
        if known.globs == globs:
            return known
    row = (worktree.id, task.slug, at, surface, json.dumps(globs), reason)
    query = "INSERT INTO requests (worktree, slug, at, surface, globs, reason) VALUES (?, ?, ?, ?, ?, ?)"
    made = worktree.store.write(lambda sql: sql.execute(query, row).lastrowid)
    return ScopeRequest(str(made), globs, reason, surface, at)


def waiting(worktree: Worktree, task: Task) -> tuple[ScopeRequest, ...]:
    """Return the requests that nobody has decided, and that the contract does not allow already."""
    query = (
        "SELECT id, globs, reason, surface, at FROM requests WHERE worktree = ? AND slug = ? AND state = ? ORDER BY id"
    )
    rows = worktree.store.read(lambda sql: sql.execute(query, (worktree.id, task.slug, OPEN)).fetchall())
    found = [ScopeRequest(str(row[0]), tuple(json.loads(row[1])), row[2], row[3], row[4]) for row in rows]
    edit = task.contract.scope.edit
    return tuple(
        each
        for each in found
        if not all(glob in edit or deciding_glob(edit, glob.removeprefix("/")) for glob in each.globs)
    )


def decline(worktree: Worktree, task: Task, request: str) -> ScopeRequest:
    """Decline a request and return it; raise NotFound where it is not open."""
    found = next((each for each in waiting(worktree, task) if each.id == request), None)
    if found is None:
        raise NotFound(f"no request {request} is open", "autonav check lists those that are")
    query = "UPDATE requests SET state = ? WHERE id = ?"
    worktree.store.write(lambda sql: sql.execute(query, (DECLINED, int(request))))
    return found
