"""How captures weigh: the same sweep gives each tool's number by another table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Action(IntEnum):
    """What the sweep does at a capture. Cognitive weight is decided here, cyclomatic weight by the profile."""

    FUNCTION = 0
    NEST = 1
    INCREMENT = 2
    FLAT = 3
    AND = 4
    OR = 5
    COMPREHENSION = 6
    COUNT = 7
    SELF_NEST = 8
    SCOPE = 9
    PARAMETER = 10


ACTIONS: Mapping[str, Action] = {
    "fn": Action.FUNCTION,
    "scope": Action.SCOPE,
    "parameter": Action.PARAMETER,
    "nest": Action.NEST,
    "inc": Action.INCREMENT,
    "inc.switch": Action.INCREMENT,
    "inc.ternary": Action.INCREMENT,
    "flat": Action.FLAT,
    "flat.elif": Action.FLAT,
    "jump": Action.FLAT,
    "and": Action.AND,
    "or": Action.OR,
    "comp": Action.COMPREHENSION,
    "comp.for": Action.COUNT,
    "comp.if": Action.COUNT,
    "case": Action.COUNT,
    "case.default": Action.COUNT,
    "loopelse": Action.COUNT,
    "tryelse": Action.COUNT,
    "assert": Action.COUNT,
}

RANK = (1, 0, 2, 2, 2, 2, 2, 4, 3, 1, 4)
"""Order of actions, by number, on the same byte range: a block of one statement has that statement's range."""

_MCCABE = {"inc": 1, "flat.elif": 1, "case": 1, "case.default": -1, "tryelse": 1}
_RADON = _MCCABE | {
    "inc.ternary": 1,
    "and": 1,
    "or": 1,
    "loopelse": 1,
    "comp.for": 1,
    "comp.if": 1,
    "assert": 1,
}


@dataclass(frozen=True)
class Profile:
    """A tool's way of counting. `cyclomatic` weighs captures; the last field adds comprehensions to cognitive."""

    name: str
    cyclomatic: Mapping[str, int]
    comprehensions_are_cognitive: bool = False


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("sonar", _MCCABE),
        Profile("ruff", _MCCABE),
        Profile("radon", _RADON),
        Profile("complexipy", _MCCABE, comprehensions_are_cognitive=True),
    )
}
"""`sonar` counts cognitive complexity as G. Ann Campbell's white paper does, and paths as McCabe does."""
