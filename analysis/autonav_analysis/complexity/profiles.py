"""How captures weigh: the same sweep gives each tool's numbers by another table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache


class Action(IntEnum):
    """What the sweep does at a capture, in the order it does them on one byte range.

    A block of one statement has that statement's range, so bodies come before what they hold.
    """

    NEST = 0  # a body that costs nothing
    INCREMENT = 1  # a body that costs one and its depth
    FLAT = 2  # a body that costs one
    SCOPE = 3  # names what it holds
    FUNCTION = 4
    TERNARY = 5  # an expression that costs one and its depth
    BOOLEAN = 6  # an operation that begins a sequence of operators, or goes on with the one around it
    AND = 7
    OR = 8
    PARAMETERS = 9  # its named children are parameters
    PARAMETER = 10  # is one parameter
    NO_PARAMETER = 11  # is among the named children and no parameter
    LOOP = 12  # costs its depth
    ONE = 13  # costs one
    COUNT = 14  # has cyclomatic weight alone


ACTIONS: Mapping[str, Action] = {
    "fn": Action.FUNCTION,
    "scope": Action.SCOPE,
    "parameters": Action.PARAMETERS,
    "parameters.one": Action.PARAMETER,
    "parameters.other": Action.NO_PARAMETER,
    "inc": Action.INCREMENT,
    "flat": Action.FLAT,
    "nest": Action.NEST,
    "ternary": Action.TERNARY,
    "boolean": Action.BOOLEAN,
    "and": Action.AND,
    "or": Action.OR,
    "jump": Action.ONE,
    "count": Action.COUNT,
}
"""What a capture does, by its name or by the part of its name before the dot."""

_MCCABE = {
    "inc": 1,
    "inc.match": 0,
    "inc.switch": 0,
    "inc.loop": 0,
    "flat.elif": 1,
    "count.case": 1,
    "count.case-default": -1,
    "count.try-else": 1,
    "and.path": 1,
    "or.path": 1,
    "ternary.path": 1,
    "ternary.if": 1,
    "jump.elif": 1,
    "count.path": 1,
}
_RADON = _MCCABE | {
    "ternary": 1,
    "and": 1,
    "or": 1,
    "count.loop-else": 1,
    "count.comprehension-for": 1,
    "count.comprehension-if": 1,
    "count.assert": 1,
}


@dataclass(frozen=True)
class Profile:
    """A way of counting.

    `cyclomatic` weighs captures, by name or by the part before the dot. `actions` replaces what
    captures do. `nested_are_paths` adds the paths of inner functions to the outer ones.
    `methods_recur_by_name` takes `open(...)` in a method `open` for a call of itself.
    """

    name: str
    cyclomatic: Mapping[str, int]
    actions: Mapping[str, Action] = field(default_factory=dict)
    nested_are_paths: bool = True
    methods_recur_by_name: bool = False


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("sonar", _MCCABE),
        Profile("ruff", _MCCABE),
        Profile("radon", _RADON, nested_are_paths=False),
        Profile(
            "complexipy",
            _MCCABE,
            actions={
                "count.comprehension": Action.NEST,
                "count.comprehension-for": Action.LOOP,
                "count.comprehension-if": Action.ONE,
            },
            methods_recur_by_name=True,
        ),
    )
}
"""`sonar` counts cognitive complexity as G. Ann Campbell's white paper does, and paths as McCabe does."""


@cache
def weighed(profile_name: str, capture: str) -> tuple[Action, int] | None:
    """Return what a capture does and what it adds to cyclomatic complexity, None where it does nothing."""
    profile = PROFILES[profile_name]
    family = capture.partition(".")[0]
    action = profile.actions.get(capture, ACTIONS.get(capture, ACTIONS.get(family)))
    weight = profile.cyclomatic.get(capture, profile.cyclomatic.get(family, 0))
    if action is None or (action is Action.COUNT and not weight):
        return None
    return action, weight
