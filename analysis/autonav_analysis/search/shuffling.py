"""Chance that comes from a seed: the same seed gives the same order on every machine."""

from collections.abc import Sequence
from typing import TypeVar

from blake3 import blake3

T = TypeVar("T")


def shuffled(items: Sequence[T], seed: int) -> tuple[T, ...]:
    """Return the items in an order that depends on the seed and their number alone, all orders alike likely."""
    return tuple(items[place] for place in sorted(range(len(items)), key=lambda place: _draw(seed, place)))


def _draw(seed: int, counter: int) -> bytes:
    return blake3(f"{seed}:{counter}".encode()).digest(length=16)
