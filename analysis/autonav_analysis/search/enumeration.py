"""The strategy `enumerate`: every proposal once, most promising first.

Ask for proposals, tell what became of them; nothing else is kept. On single faults the order does
the work, and the reward of earlier candidates told nothing that the prior did not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from autonav_protocol.values.candidate import Proposal

STRATEGY, STAGE = "enumerate", "first order"


@dataclass(frozen=True)
class Enumeration:
    """What is left to try, most promising first. Asking and telling return the next value."""

    waiting: tuple[Proposal, ...]
    tried: int = 0

    def ask(self, count: int) -> tuple[tuple[Proposal, ...], "Enumeration"]:
        """Return up to `count` proposals and the enumeration without them."""
        return self.waiting[:count], Enumeration(self.waiting[count:], self.tried)

    def tell(self, results: Sequence[object]) -> "Enumeration":
        """Return the enumeration after so many results."""
        return Enumeration(self.waiting, self.tried + len(results))


def enumeration(proposals: Iterable[Proposal]) -> Enumeration:
    """Return the enumeration of proposals in the order of their priors."""
    return Enumeration(in_prior_order(proposals))


def in_prior_order(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Return proposals, largest prior first; equals keep a stable order by place and text.

    A prior is shared out among the edits of a rewrite in a function, so this order is
    stratified: small families come early and a large one cannot flood the rest.
    """

    likeliest = sorted(proposals, key=_prior, reverse=True)
    return tuple(each for _, equals in groupby(likeliest, key=_prior) for each in _by_place(list(equals)))


_prior = attrgetter("prior")


def _by_place(equals: list[Proposal]) -> list[Proposal]:
    """Return proposals of equal prior by place and text. Few are, so that this costs nothing."""
    return sorted(equals, key=_place) if len(equals) > 1 else equals


def _place(proposal: Proposal) -> tuple[tuple[tuple[str, int, str, int], ...], str]:
    return tuple((edit.path, edit.start_byte, edit.text, edit.end_byte) for edit in proposal.edits), proposal.rewrite
