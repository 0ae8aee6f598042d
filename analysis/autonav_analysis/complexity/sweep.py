"""One sweep over captured byte ranges gives every measure of every function.

Captures become events sorted by start, longest first; a stack of open ranges knows the nesting
and the functions around. Nothing here knows a node type of any language.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis.complexity.profiles import Action, Profile, weighed

NEST, INCREMENT, FLAT, SCOPE, FUNCTION, TERNARY, AND, OR, LOOP, ONE, PARAMETERS, NO_PARAMETER, COUNT = range(
    len(Action)
)
"""The actions as plain numbers: comparing members of an enum costs a tenth of the sweep."""

Event = tuple[int, int, int, int, str, int, Node]
"""Start, minus end, action, node id (no two events compare equal), capture, cyclomatic weight, node."""


class Cost(NamedTuple):
    """What one capture adds to a function: `amount`, of which `nesting` is for depth."""

    amount: int
    nesting: int
    capture: str
    node: Node


class Unit:
    """A function as the sweep sees it; complete once the sweep is over."""

    __slots__ = ("base", "costs", "cyclomatic", "in_scope", "name", "nesting", "node", "parameters", "wrapper")

    def __init__(self, node: Node, name: str, base: int, wrapper: bool, in_scope: bool) -> None:
        self.node, self.name, self.base = node, name, base
        self.wrapper, self.in_scope = wrapper, in_scope
        self.cyclomatic, self.nesting, self.parameters = 1, 0, 0
        self.costs: list[Cost] = []


def sweep(captures: Mapping[str, Sequence[Node]], name_field: str, profile: Profile) -> list[Unit]:  # noqa: C901, PLR0912, PLR0915 - one pass; a call per event would double its cost
    """Return the functions among the captures, in the order they begin."""
    below = {(n.start_byte, -n.end_byte) for n in captures.get("below", ())}
    wrappers = {n.start_byte for n in captures.get("wrapper", ())}
    found: list[Unit] = []
    inside: list[Unit] = []  # the functions around, outermost first
    around: list[int] = []  # FUNCTION or SCOPE, for each name of the dotted path
    names: list[str] = []
    ranges: list[tuple[int, int, int]] = []  # end, action, nesting outside; the ranges around
    nesting = 0
    for start, minus_end, action, _, capture, weight, node in _events(captures, profile):
        while ranges and ranges[-1][0] <= start:
            _, closed, nesting = ranges.pop()
            if closed == FUNCTION:
                _close(inside, profile)
            if closed in (FUNCTION, SCOPE):
                names.pop()
                around.pop()
        if action in (FUNCTION, SCOPE):
            ranges.append((-minus_end, action, nesting))
            names.append(_name(node, name_field))
            if action == FUNCTION:
                if inside and not inside[-1].wrapper:
                    nesting += 1
                in_scope = bool(around) and around[-1] == SCOPE
                unit = Unit(node, ".".join(names), nesting, start in wrappers, in_scope)
                found.append(unit)
                inside.append(unit)
            around.append(action)
            continue
        if not inside:
            continue
        innermost = inside[-1]
        innermost.cyclomatic += weight
        if action in (INCREMENT, TERNARY):
            for unit in inside:
                depth = nesting - unit.base
                unit.costs.append(Cost(depth + 1, depth, capture, node))
                unit.nesting = max(unit.nesting, depth + 1)
            ranges.append((-minus_end, NEST, nesting))
            nesting += 1
        elif action == FLAT:
            for unit in inside:
                unit.costs.append(Cost(1, 0, capture, node))
            ranges.append((-minus_end, NEST, nesting))
            nesting += 1
        elif action == NEST:
            ranges.append((-minus_end, NEST, nesting))
            nesting += 1
        elif action in (AND, OR):
            if ranges[-1][1] != action or (start, minus_end) not in below:
                for unit in inside:
                    unit.costs.append(Cost(1, 0, capture, node))
            ranges.append((-minus_end, action, nesting))
        elif action == PARAMETERS:
            innermost.parameters += node.named_child_count
        elif action == NO_PARAMETER:
            innermost.parameters -= 1
        elif action == LOOP:
            for unit in inside:
                depth = nesting - unit.base
                unit.costs.append(Cost(depth, depth - 1, capture, node))
        elif action == ONE:
            for unit in inside:
                unit.costs.append(Cost(1, 0, capture, node))
    while inside:
        _close(inside, profile)
    return found


def _events(captures: Mapping[str, Sequence[Node]], profile: Profile) -> list[Event]:
    events: list[Event] = []
    for capture, nodes in captures.items():
        weights = weighed(profile.name, capture)
        if weights is not None:
            action, weight = int(weights[0]), weights[1]
            events += [(n.start_byte, -n.end_byte, action, n.id, capture, weight, n) for n in nodes]
    events.sort()
    return events


def _close(inside: list[Unit], profile: Profile) -> None:
    """Leave the innermost function."""
    closed = inside.pop()
    if inside and profile.nested_are_paths:
        inside[-1].cyclomatic += closed.cyclomatic


def _name(node: Node, name_field: str) -> str:
    name = node.child_by_field_name(name_field)
    return name.text.decode("utf-8", "replace") if name is not None and name.text else "<anonymous>"
