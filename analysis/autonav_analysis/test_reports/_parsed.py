"""What a parser of test reports is, and what it returns."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field

from autonav_protocol.values.evaluation import Outcome

ORDER = (Outcome.PASSED, Outcome.SKIPPED, Outcome.FAILED, Outcome.ERROR)
NO_TESTS = "the report holds no tests"
BAD = (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True)
class Parsed:
    """Each test's outcome by its id; `problem` is one sentence where the report does not tell all, else empty.

    A report with a problem is never a proof that all passed, whatever its outcomes are.
    """

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Parser:
    """A parser of one format. `parse` takes all bytes of a report and does not raise, whatever they are."""

    name: str
    parse: Callable[[bytes], Parsed]


def worst(one: Outcome, other: Outcome) -> Outcome:
    """Return the worse of two outcomes: passed < skipped < failed < error."""
    return max(one, other, key=ORDER.index)


def add(outcomes: MutableMapping[str, Outcome], test: str, outcome: Outcome) -> None:
    """Note the outcome of a test; of a repeated id the worst is kept."""
    outcomes[test] = worst(outcomes.get(test, outcome), outcome)


def any_bad(outcomes: Mapping[str, Outcome]) -> bool:
    """Return whether any test failed or broke."""
    return any(each in BAD for each in outcomes.values())


def first(*problems: str) -> str:
    """Return the first problem that is not empty."""
    return next((each for each in problems if each), "")
