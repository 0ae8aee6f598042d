"""What the ledger says about candidates and the branches made of them."""

import json
from typing import NamedTuple

from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.evaluation import TestCounts
from autonav_protocol.values.record import LedgerRecord
from autonav_server.worktree.store import Store

APPLIED, DISCARDING, DISCARDED = "apply", "discard.start", "discard.end"
ROUTED, SAID = "route", "outcome"


class Proof(NamedTuple):
    """The record that proves a candidate: its digest, the run, the diff that was tested and what the tests said."""

    digest: str
    run: str
    diff: str
    tests: TestCounts


def proof_of(store: Store, candidate: Candidate) -> Proof | None:
    """Return the last record of the candidate's run that lists it with this very diff and its tests."""
    found = [each for each in _proofs(store, candidate.run, candidate.id) if each.diff == candidate.diff]
    return found[-1] if found else None


def proof_with(store: Store, digest: str, run: str) -> Proof | None:
    """Return the first proof that a record with this digest gives for this run."""
    return next((each for each in _proofs(store, run) if each.digest == digest), None)


def proof_for(store: Store, run: str, candidate: str) -> Proof | None:
    """Return the last proof of a candidate by its id."""
    found = _proofs(store, run, candidate)
    return found[-1] if found else None


def records(store: Store, kind: str) -> tuple[LedgerRecord, ...]:
    """Return all records of a kind, oldest first."""
    query = "SELECT sequence, at, kind, surface, data, previous, digest FROM ledger WHERE kind = ? ORDER BY sequence"
    rows = store.read(lambda sql: sql.execute(query, (kind,)).fetchall())
    return tuple(LedgerRecord(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6]) for row in rows)


def _proofs(store: Store, run: str, candidate: str = "") -> list[Proof]:
    query = "SELECT digest, data FROM ledger WHERE kind LIKE '%.end' AND instr(data, ?) ORDER BY sequence"
    rows = store.read(lambda sql: sql.execute(query, (json.dumps(run),)).fetchall())
    return [
        Proof(digest, run, each.get("diff", ""), _counts(each))
        for digest, data in ((digest, json.loads(data)) for digest, data in rows)
        if data.get("run") == run
        for each in data.get("candidates", ())
        if "collected" in each and candidate in ("", each.get("id"))
    ]


def _counts(proved: dict[str, int]) -> TestCounts:
    passed, failed, collected = (int(proved.get(name, 0)) for name in ("passed", "failed", "collected"))
    return TestCounts(passed, failed, max(0, collected - passed - failed), collected)
