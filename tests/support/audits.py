"""Changes with their texts, built from the tables of the rules."""

import hashlib
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from autonav_protocol.values.audit import Audit, AuditedFile, Surroundings
from autonav_protocol.values.change import Change, ChangeKind, Entry, FileChange, Hunk
from autonav_protocol.values.contract import Contract, Scope
from autonav_protocol.values.licence import LicenceVerdict, PackageLicence


def audit_of(case: Mapping[str, Any]) -> Audit:
    """Return the change that a case describes: `task`, and `files` with `path`, `before` and `after`."""
    files = tuple(audited_file(each) for each in case["files"])
    contract = Contract("t", case.get("task", "a task"), Scope(edit=("**",)))
    change = Change(contract, tuple(each.change for each in files), contract_path=".autonav/tasks/t.toml")
    return Audit(change, files, surroundings_of(case))


def surroundings_of(case: Mapping[str, Any]) -> Surroundings:
    """Return what the rest of the worktree says: `known` packages, `licences` as name, licence, verdict and version, `notices`, `red` tests."""
    licences = (
        PackageLicence(*name.split(":", 1), version[0] if version else "1.0", licence, LicenceVerdict(verdict))
        for name, licence, verdict, *version in case.get("licences", ())
    )
    known, notices = frozenset(case.get("known", ())), frozenset(case.get("notices", ()))
    red = frozenset(case.get("red", ()))
    return Surroundings(known, tuple(licences), notices, case.get("closing", False), red)


def audited_file(described: Mapping[str, Any]) -> AuditedFile:
    """Return one file, with hunks as a diff without context has them."""
    before, after = _text(described.get("before")), _text(described.get("after"))
    hunks = _hunks(before or b"", after or b"")
    kind = ChangeKind.ADDED if before is None else ChangeKind.DELETED if after is None else ChangeKind.MODIFIED
    change = FileChange(
        described["path"], kind, _entry(before), _entry(after), hunks,
        sum(hunk.new_count for hunk in hunks), sum(hunk.old_count for hunk in hunks),
    )  # fmt: skip
    return AuditedFile(change, before, after)


def _text(described: Any) -> bytes | None:
    if isinstance(described, Mapping):
        described = "".join(described["repeat"].replace("{n}", str(n)) for n in range(described["times"]))
    if isinstance(described, list):  # texts that are not to be found in one piece
        described = "".join(described)
    return None if described is None else described.encode()


def _entry(text: bytes | None) -> Entry | None:
    return None if text is None else Entry("100644", hashlib.sha1(text, usedforsecurity=False).hexdigest())


def _hunks(before: bytes, after: bytes) -> tuple[Hunk, ...]:
    old, new = before.splitlines(), after.splitlines()
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return tuple(Hunk(a + (b > a), b - a, c + (d > c), d - c) for kind, a, b, c, d in steps if kind != "equal")
