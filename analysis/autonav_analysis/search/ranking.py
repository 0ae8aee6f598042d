"""Which verified candidate to show first: equal parts of edit size, family weight and suspicion of the line."""

from collections.abc import Sequence
from typing import NamedTuple

from autonav_protocol.values.candidate import Proposal


class Ranked(NamedTuple):
    """A position in what was given, with the reasons in words."""

    position: int
    reasons: tuple[str, ...]


def rank(found: Sequence[Proposal], weights: dict[str, float], suspicion: Sequence[float]) -> list[Ranked]:
    """Return the order of `found`, best first: the sum of three ranks, none of them learnt."""
    sizes = [sum(len(edit.text) + edit.end_byte - edit.start_byte for edit in each.edits) for each in found]
    families = [weights.get(each.rewrite, 0.0) for each in found]
    by_size, by_family, by_line = (
        _ranks(sizes),
        _ranks([-each for each in families]),
        _ranks([-each for each in suspicion]),
    )
    order = sorted(range(len(found)), key=lambda index: (by_size[index] + by_family[index] + by_line[index], index))
    return [
        Ranked(
            index,
            (
                f"changes {sizes[index]} bytes",
                f"rewrite {found[index].rewrite} has weight {families[index]:g}",
                f"line {found[index].line} has suspicion {suspicion[index]:.2f}",
            ),
        )
        for index in order
    ]


def _ranks(values: Sequence[float]) -> list[int]:
    ordered = sorted(set(values))
    return [ordered.index(value) for value in values]
