"""What a target of speed or size came to on this machine."""

from dataclasses import dataclass
from enum import StrEnum


class TargetVerdict(StrEnum):
    """Whether a target was met; what was not run says nothing."""

    GO = "go"
    NO_GO = "no-go"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class TargetRow:
    """One target: `value` and `theirs` are in `unit`, and `ratio` is the one over the other.

    `limit` is the most that `of` ("value" or "ratio") may be, None where the number is only reported.
    `peer` was measured in the same run. `said` holds what was shortened and what is to be known of the number,
    or why it was not run.
    """

    name: str
    work: str
    verdict: TargetVerdict
    limit: float | None = None
    of: str = "ratio"
    unit: str = ""
    value: float | None = None
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    said: str = ""
    seconds: float = 0.0
