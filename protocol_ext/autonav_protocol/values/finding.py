"""What a rule found, where, and what resolves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

GUARDS = ("AN1", "AN501", "AN6", "AN9")
"""How the codes of rules begin that keep a contract, a secret, a budget or the guards themselves."""


class Severity(StrEnum):
    """How loud a finding is, most severe first.

    error: a breach of contract, secret or budget; warning: likely harm;
    information: unusual; hint: an offered improvement.
    """

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


@dataclass(frozen=True)
class Fix:
    """An action that resolves a finding: an operation with the parameters it needs.

    The parameters carry all that the operation asks for, among them the content hash the
    person saw, so that running the fix later needs no memory of this finding.
    """

    id: str
    title: str
    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Related:
    """Another place that explains a finding, for instance the contract line that decided."""

    path: str
    line: int
    message: str


@dataclass(frozen=True)
class Finding:
    """One statement about a place in the worktree.

    `line` and `end_line` are 1-based and inclusive; `column` and `end_column` are 0-based
    UTF-8 byte columns, and an `end_column` of None means the end of that line.
    `fingerprint` stays the same while code, path, symbol and normalised content do. `allowed` is the reason that
    a comment beside it gives for leaving it out, "" where none does.
    """

    code: str
    slug: str
    severity: Severity
    path: str
    line: int
    end_line: int
    message: str
    fingerprint: str
    fixes: tuple[Fix, ...] = ()
    related: tuple[Related, ...] = ()
    evidence: tuple[str, ...] = ()
    column: int = 0
    end_column: int | None = None
    allowed: str = ""
