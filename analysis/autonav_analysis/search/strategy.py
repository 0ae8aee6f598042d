"""What a strategy is: a name, the order it draws proposals in, and how it chooses the next one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autonav_analysis.search.tree import Arrange, Pick, Tree
from autonav_protocol.values.candidate import Proposal


def by_prior(proposals: Sequence[Proposal], seed: int) -> Sequence[Proposal]:
    """Return proposals as they come, in prior order, whatever the seed."""
    del seed
    return proposals


@dataclass(frozen=True)
class Strategy:
    """A strategy. `choose` returns the next proposal to draw; None where none is left or results must come first."""

    name: str
    title: str
    choose: Callable[[Tree], Pick | None]
    arrange: Arrange = by_prior
