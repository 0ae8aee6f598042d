"""The candidates that explorations found, kept in the store."""

import json

from pydantic import TypeAdapter

from autonav_protocol.errors import NotFound
from autonav_protocol.values.candidate import Candidate
from autonav_server.worktree.worktree import Worktree

_CANDIDATE = TypeAdapter(Candidate)


def keep_candidates(worktree: Worktree, candidates: tuple[Candidate, ...], at: str) -> None:
    """Keep the candidates of one run, best first."""
    rows = [
        (each.id, each.run, worktree.id, rank, at, json.dumps(_CANDIDATE.dump_python(each, mode="json")))
        for rank, each in enumerate(candidates)
    ]
    worktree.store.write(
        lambda sql: sql.executemany("INSERT OR REPLACE INTO candidates VALUES (?, ?, ?, ?, ?, ?)", rows)
    )


def candidates_of(worktree: Worktree, run: str | None = None) -> tuple[Candidate, ...]:
    """Return the candidates of this worktree, newest run first, best first within a run."""
    query = "SELECT body FROM candidates WHERE worktree = ? AND (? IS NULL OR run = ?) ORDER BY at DESC, rank"
    rows = worktree.store.read(lambda sql: sql.execute(query, (worktree.id, run, run)).fetchall())
    return tuple(_CANDIDATE.validate_python(json.loads(row[0])) for row in rows)


def candidate(worktree: Worktree, identity: str) -> Candidate:
    """Return one candidate by its id, or by a beginning of it that is unique."""
    found = [each for each in candidates_of(worktree) if each.id.startswith(identity)] if identity else []
    if len(found) != 1:
        said = f"{len(found)} candidates begin with {identity}" if found else f"there is no candidate {identity}"
        raise NotFound(said, "autonav candidates lists them")
    return found[0]
