"""How complex a function is, and which lines make it so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Increment:
    """One line's share of the cognitive complexity: `amount` of which `nesting` is for depth."""

    line: int
    amount: int
    nesting: int
    reason: str


@dataclass(frozen=True)
class FunctionComplexity:
    """One function's measures. Lines are 1-based and inclusive, bytes 0-based and half-open.

    Values count the functions inside it too; `own_` values leave those out. `lines` is its length.
    `name` is the dotted path inside the file (`Class.method`). `percentile` is the tie-aware
    mid-rank in [0, 1] among the functions measured with it, None where it stands alone.
    """

    path: str
    name: str
    line: int
    end_line: int
    cognitive: int
    cyclomatic: int
    nesting: int
    parameters: int = 0
    lines: int = 1
    own_cognitive: int = 0
    own_cyclomatic: int = 1
    percentile: float | None = None
    start_byte: int = 0
    end_byte: int = 0
    increments: tuple[Increment, ...] = ()


@dataclass(frozen=True)
class ComplexityChange:
    """One named function's cognitive complexity before (None: it is new) and after a change; lines are of after."""

    path: str
    name: str
    line: int
    end_line: int
    before: int | None
    after: int
