"""What a simplification is: a change of syntax that lowers a function's complexity and keeps what it does."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from autonav_analysis.rewrite import Replacement, Site

Proof = Literal["equivalent by construction", "needs check"]
CONSTRUCTED: Proof = "equivalent by construction"
NEEDS_CHECK: Proof = "needs check"


class Change(NamedTuple):
    """Replacements to be made together, in the order they stand, and the name of the function they add, if any."""

    replacements: tuple[Replacement, ...]
    helper: str = ""


@dataclass(frozen=True)
class Simplification:
    """A simplification. `before` and `after` are its example and its test.

    `proof` says why the result does the same: by the rules of the language alone, or as far as a check has shown.
    `propose` gets one function; the `names` of its site are all that its file binds anywhere, so no builtins.
    """

    name: str
    title: str
    proof: Proof
    before: str
    after: str
    propose: Callable[[Site], Iterable[Change]]


def changed(source: bytes, change: Change) -> bytes:
    """Return the source with a change made."""
    for start, end, text in sorted(change.replacements, reverse=True):
        source = source[:start] + text + source[end:]
    return source
