"""One line of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LedgerRecord:
    """An event that happened. `digest` is the BLAKE3 over all other fields, `previous` included.

    `at` is UTC in ISO 8601; `surface` is the way in by which it came.
    """

    sequence: int
    at: str
    kind: str
    surface: str
    data: Mapping[str, Any]
    previous: str
    digest: str
