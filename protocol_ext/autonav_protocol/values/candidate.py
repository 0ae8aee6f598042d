"""A proposed change of source and, once judged, what was proved about it."""

from dataclasses import dataclass, field

from autonav_protocol.values.evaluation import Evaluation, TestCounts


@dataclass(frozen=True)
class Edit:
    """Replace the bytes [start_byte, end_byte) of `path` by `text`, UTF-8 with surrogate escapes."""

    path: str
    start_byte: int
    end_byte: int
    text: str


@dataclass(frozen=True)
class Proposal:
    """Edits that a rewrite proposes, with the 1-based line they touch and their prior weight."""

    edits: tuple[Edit, ...]
    rewrite: str
    line: int
    prior: float


@dataclass(frozen=True)
class StrategyCost:
    """How many evaluations a strategy needed to its first find, None where what was evaluated cannot tell.

    `known` of its evaluations are known and found nothing; `why` says why no more is.
    """

    strategy: str
    evaluations: int | None
    known: int
    why: str = ""


@dataclass(frozen=True)
class Candidate:
    """A judged proposal of one run, made for `test`.

    `verified` is True only after a fresh run of the whole suite in which the target test
    passed, no test that passed before failed, and none was lost or skipped. `rank_reasons`
    say why it stands where it stands. `head` is the commit it was made on ("" without one);
    `base` and `tree` are git trees: the working tree it was made from, and what it is. `costs` are what each
    strategy needed, or would have.
    """

    id: str
    run: str
    title: str
    path: str
    line: int
    diff: str
    verified: bool
    strategy: str
    stage: str
    test: str = ""
    tests: TestCounts = field(default_factory=TestCounts)
    rank_reasons: tuple[str, ...] = ()
    rewrite: str = ""
    head: str = ""
    base: str = ""
    tree: str = ""
    evaluation: Evaluation | None = None
    costs: tuple[StrategyCost, ...] = ()
