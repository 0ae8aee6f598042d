"""What a server and its explorer process say to each other: one JSON object on each line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.contract import Scope
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.learning import Tuning
from autonav_protocol.values.question import Question
from autonav_protocol.values.validation import Validation
from autonav_server.proposer import Caps, Source


@dataclass(frozen=True)
class Asking:
    """Whom to ask for candidates, what one request may use, what an answer may touch, and the task in words."""

    sources: tuple[Source, ...]
    caps: Caps
    scope: Scope
    protected: tuple[str, ...]
    anchor: str


@dataclass(frozen=True)
class Request:
    """What to explore. `environment` tells git where the objects of `tree`, the working tree, are.

    It stops once `stop_after` candidates are verified, None for soon after the first. `cpu_seconds` is what evaluations
    may use, None for no limit. `folder` is the run's own: its journal lies there, and in the end the whole search.
    Where `project` names the repository, what was tried is recorded."""

    root: str
    environment: Mapping[str, str]
    tree: str
    test: str
    run: str
    seconds: float
    evaluations: int
    workers: int
    sandbox: str
    interpreter: str | None
    required: tuple[str, ...]
    test_seconds: float
    stop_after: int | None
    strategy: str
    seed: int
    folder: str
    asking: Asking | None = None
    cpu_seconds: float | None = None
    tuning: Tuning = field(default_factory=Tuning)
    project: str = ""


@dataclass(frozen=True)
class SimplifyRequest:
    """What to simplify: a function of a file, by its dotted name or a line in it. The rest is as in `Request`."""

    root: str
    environment: Mapping[str, str]
    tree: str
    run: str
    path: str
    function: str | int
    constructed_only: bool
    seconds: float
    evaluations: int
    workers: int
    sandbox: str
    required: tuple[str, ...]
    interpreter: str | None
    test_seconds: float


@dataclass(frozen=True)
class ValidationRequest:
    """What to validate. `base` is a git tree too, "" without one; `store` is the folder that keeps evaluations.

    `first` are steps to take before the tests: "build", "smoke". `tests` are ids, all when empty, `project` is a
    folder, all when None; `commands` are the task's own.
    """

    root: str
    environment: Mapping[str, str]
    tree: str
    base: str
    store: str
    tests: tuple[str, ...]
    old_tests: bool
    fresh: bool
    first: tuple[str, ...]
    project: str | None
    commands: tuple[tuple[str, ...], ...]
    contract_path: str
    sandbox: str
    required: tuple[str, ...]
    interpreter: str | None
    cpu_seconds: float


@dataclass(frozen=True)
class Progress:
    """How far it is: candidates tried, how many passed the target test, how many are verified."""

    tried: int = 0
    passed_target: int = 0
    verified: int = 0
    message: str = ""


@dataclass(frozen=True)
class Outcome:
    """What was found. `contents` gives each candidate's changed files, UTF-8 with surrogate escapes.

    `asked` says of each proposer what came of asking it and what that cost."""

    candidates: tuple[Candidate, ...]
    contents: Mapping[str, Mapping[str, str]]
    base: Evaluation
    evaluations: int
    proposals: int
    seconds: float
    explanation: str
    asked: tuple[str, ...] = ()
    cpu_seconds: float = 0.0
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Why there is no outcome; `kind` names a class of `autonav_protocol.errors`."""

    kind: str
    message: str
    next_step: str = ""


@dataclass(frozen=True)
class Message:
    """One line: exactly one of the fields is set."""

    progress: Progress | None = None
    outcome: Outcome | None = None
    failure: Failure | None = None
    validations: tuple[Validation, ...] | None = None
    request: Request | None = None
    validation_request: ValidationRequest | None = None
    simplify_request: SimplifyRequest | None = None
