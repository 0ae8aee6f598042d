"""What a sandbox saw when it ran a project's tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one test."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


@dataclass(frozen=True)
class TestCounts:
    """How many tests passed, failed (errors included), were skipped, and were collected in all."""

    __test__ = False  # the name is the domain's; pytest must not collect it

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    collected: int = 0


@dataclass(frozen=True)
class CommandRun:
    """One command as it ran. `exit_code` is None where it was killed; `output` is its masked tail."""

    argv: tuple[str, ...]
    exit_code: int | None
    seconds: float
    timed_out: bool = False
    output: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a test failed: what was raised and where, and where the test is; lines are 1-based, 0 where unknown."""

    why: str
    path: str = ""
    line: int = 0
    test_path: str = ""
    test_line: int = 0


@dataclass(frozen=True)
class Evaluation:
    """The commands run on one candidate, each test's outcome, and what the sandbox guaranteed.

    `guarantees` maps every guarantee to whether it held in this run. `peak_memory` is in
    bytes and `cpu_seconds` of all processes, None where the sandbox cannot tell. `problem` says why the outcomes prove nothing.
    `tampered` are the functions of the test runner that were replaced while it ran.
    """

    commands: tuple[CommandRun, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    tests: TestCounts = field(default_factory=TestCounts)
    seconds: float = 0.0
    peak_memory: int | None = None
    cpu_seconds: float | None = None
    sandbox: str = ""
    guarantees: Mapping[str, bool] = field(default_factory=dict)
    problem: str = ""
    failures: Mapping[str, Failure] = field(default_factory=dict)
    tampered: tuple[str, ...] = ()


@dataclass(frozen=True)
class SandboxReport:
    """Whether a sandbox can be used here, why not, and what it guarantees when it is."""

    name: str
    available: bool
    reason: str
    guarantees: Mapping[str, bool] = field(default_factory=dict)
