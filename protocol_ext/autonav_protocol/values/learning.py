"""What explorations leave behind to learn from: how they were set, and what became of each state they tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_DEPTH = 20


@dataclass(frozen=True)
class Tuning:
    """How a search goes about its budget; nothing here decides what may be done, or what counts as verified.

    `exploration` is the constant of PUCT, `first_order` the share of the budget that goes to single edits before
    anything else, `depth` the most edits on top of one another, and `weights` factors of rewrites' weights by name.
    """

    exploration: float = 3.0
    first_order: float = 0.8
    depth: int = MOST_DEPTH
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Tried:
    """What became of a state: `passed` has 1 or 0 for each target test, "" where it was refused and never run.

    `rewrites` name the edits that led there, in order. `seconds` is CPU time.
    """

    state: str
    passed: str
    broken: bool
    verified: bool
    seconds: float
    rewrites: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """One exploration as a table that can be replayed.

    `project` names the repository, the same in all its worktrees; `task` the test and the tree it failed on. `sources`
    are texts by path, UTF-8 with surrogate escapes; `suspicion` is path, 1-based line and score. `versions` say what
    made the proposals. `seconds` is wall-clock from the search's start to its end.
    """

    run: str
    project: str
    task: str
    at: str
    versions: Mapping[str, str]
    strategy: str
    seed: int
    evaluations: int
    workers: int
    tuning: Tuning
    targets: int
    sources: Mapping[str, str]
    suspicion: tuple[tuple[str, int, float], ...]
    tried: tuple[Tried, ...]
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Replayed:
    """A search re-decided on a record: after how many evaluations, and CPU seconds, it found what was verified.

    None where it found nothing: `why` is empty where it spent the budget or had nothing left to ask, else it says where
    the record cannot answer. `known` counts the evaluations that the record answered until then, and `most` is what it
    would have taken at the most, None where nobody knows.
    """

    run: str
    evaluations: int | None
    cpu_seconds: float | None
    known: int
    why: str = ""
    most: int | None = None
