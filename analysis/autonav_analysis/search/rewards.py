"""What an evaluation is worth to a search: the fraction of the failing target tests that now pass."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What became of a state: whether each target test passes, and whether a test that passed before fails now.

    `refused` says that it was never run, for example because it does not parse: it cost no evaluation.
    """

    passed: tuple[bool, ...]
    broken: bool = False
    refused: bool = False


def reward(result: Result) -> float:
    """Return a number in [0, 1]: the fraction of target tests that pass, 0 where anything broke.

    Nothing denser is used. Distances of values, exceptions and coverage did not help on
    single faults, some of them hurt, and on double faults this fraction was what carried.
    """
    if result.broken or result.refused or not result.passed:
        return 0.0
    return sum(result.passed) / len(result.passed)


def solves(result: Result) -> bool:
    """Return whether all target tests pass and nothing broke."""
    return bool(result.passed) and all(result.passed) and not result.broken and not result.refused
