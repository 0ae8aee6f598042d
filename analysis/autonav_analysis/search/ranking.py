"""Which verified candidate to show first: equal parts of edit size, family weight and suspicion of the line."""

from collections.abc import Sequence
from typing import NamedTuple

from autonav_analysis.findings import common_ends
from autonav_protocol.values.candidate import Proposal


class Ranked(NamedTuple):
    """A position in what was given, with the reasons in words."""

    position: int
    reasons: tuple[str, ...]


def rank(
    found: Sequence[Proposal], weights: dict[str, float], suspicion: Sequence[float], differences: Sequence[int]
) -> list[Ranked]:
    """Return the order of `found`, best first: the sum of three ranks, none of them learnt.

    `differences` counts the bytes that each really changes, common ends left out.
    """
    families = [weights.get(each.rewrite, 0.0) for each in found]
    by_size, by_family, by_line = (
        _ranks(differences),
        _ranks([-each for each in families]),
        _ranks([-each for each in suspicion]),
    )
    order = sorted(range(len(found)), key=lambda index: (by_size[index] + by_family[index] + by_line[index], index))
    return [
        Ranked(
            index,
            (
                f"changes {differences[index]} bytes",
                f"rewrite {found[index].rewrite} has weight {families[index]:g}",
                f"line {found[index].line} has suspicion {suspicion[index]:.2f}",
            ),
        )
        for index in order
    ]


def difference(before: bytes, after: bytes) -> int:
    """Return how many bytes are taken and put between the common beginning and the common end."""
    return len(before) + len(after) - 2 * sum(common_ends(before, after))


def _ranks(values: Sequence[float]) -> list[int]:
    ordered = sorted(set(values))
    return [ordered.index(value) for value in values]
