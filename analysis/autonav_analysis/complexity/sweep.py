"""One sweep over captured byte ranges gives every measure of every function.

Captures become events sorted by start, longest first; a stack of open ranges knows the nesting
and the functions around. Nothing here knows a node type of any language.
"""

from collections.abc import Mapping, Sequence

from tree_sitter import Node

from autonav_analysis.complexity.profiles import Action, Profile, weighed
from autonav_analysis.language import Language
from autonav_analysis.syntax.names import ANONYMOUS, name_of

(
    NEST, INCREMENT, FLAT, SCOPE, FUNCTION, TERNARY, BOOLEAN, AND, OR,
    PARAMETERS, PARAMETER, NO_PARAMETER, LOOP, ONE, COUNT,
) = map(int, Action)  # fmt: skip
"""The actions as plain numbers: comparing members of an enum costs a tenth of the sweep."""

Event = tuple[int, int, int, int, str, int, Node]
"""Start, minus end, action, node id (so that no two events tie), capture, cyclomatic weight, node."""

Cost = tuple[int, int, str, Node]
"""What one capture adds to a function: an amount, how much of it is for depth, the capture, its node."""


class Unit:
    """A function as the sweep sees it; complete once the sweep is over. Own values leave inner functions out.

    `own_name` is the last part of `name` as bytes and ends at `name_end` of the source.
    """

    __slots__ = (
        "base", "costs", "cyclomatic", "in_scope", "name", "name_end", "nesting", "node", "own_cognitive",
        "own_cyclomatic", "own_name", "parameters", "wrapper",
    )  # fmt: skip

    def __init__(
        self, node: Node, name: str, own_name: bytes, name_end: int, base: int, wrapper: bool, in_scope: bool
    ) -> None:
        self.node, self.name, self.own_name, self.name_end = node, name, own_name, name_end
        self.base, self.wrapper, self.in_scope = base, wrapper, in_scope
        self.cyclomatic, self.nesting, self.parameters = 1, 0, 0
        self.own_cognitive, self.own_cyclomatic = 0, 1
        self.costs: list[Cost] = []


def sweep(  # noqa: C901, PLR0912, PLR0915 - one pass; a call for each event would double its cost
    source: bytes, captures: Mapping[str, Sequence[Node]], language: Language, profile: Profile
) -> list[Unit]:
    """Return the functions among the captures, in the order they begin."""
    below = {(n.start_byte, -n.end_byte) for n in captures.get("below", ())}
    wrappers = {n.start_byte for n in captures.get("wrapper", ())}
    found: list[Unit] = []
    inside: list[Unit] = []  # the functions around, outermost first
    names: list[str] = []  # of the functions and scopes around
    in_scope = False  # whether the innermost of those is a scope
    operators: list[list[int]] = []  # the last operator of each sequence around
    ranges: list[tuple[int, int, int, bool]] = [(len(source) + 1, NEST, 0, False)]
    closes = ranges[0][0]  # where the innermost of the ranges around ends
    nesting = 0
    for start, minus_end, action, _, capture, weight, node in _events(captures, profile):
        while closes <= start:
            _, closed, nesting, in_scope = ranges.pop()
            closes = ranges[-1][0]
            if SCOPE <= closed <= FUNCTION:
                names.pop()
                if closed == FUNCTION:
                    _leave(inside, profile)
            elif closed == BOOLEAN:
                operators.pop()
        if SCOPE <= action <= FUNCTION:
            name = name_of(node, language)
            own_name = source[name.start_byte : name.end_byte] if name is not None else b""
            names.append(own_name.decode("utf-8", "replace") or ANONYMOUS)
            closes = -minus_end
            ranges.append((closes, action, nesting, in_scope))
            if action == FUNCTION:
                if inside and not inside[-1].wrapper:
                    nesting += 1
                name_end = name.end_byte if name is not None else start
                wrapper = start in wrappers
                unit = Unit(node, ".".join(names), own_name, name_end, nesting, wrapper, in_scope)
                found.append(unit)
                inside.append(unit)
            in_scope = action == SCOPE
            continue
        if not inside:
            continue
        inside[-1].cyclomatic += weight
        inside[-1].own_cyclomatic += weight
        if action == PARAMETERS:
            inside[-1].parameters += node.named_child_count
        elif action == PARAMETER:
            inside[-1].parameters += 1
        elif action == NO_PARAMETER:
            inside[-1].parameters -= 1
        elif action == BOOLEAN:
            goes_on = operators and (start, minus_end) in below
            operators.append(operators[-1] if goes_on else [COUNT])
            closes = -minus_end
            ranges.append((closes, BOOLEAN, nesting, in_scope))
        elif AND <= action <= OR:
            if operators and operators[-1][0] != action:
                operators[-1][0] = action
                inside[-1].own_cognitive += 1
                for unit in inside:
                    unit.costs.append((1, 0, capture, node))
        elif action <= TERNARY:
            if action != NEST:
                inside[-1].own_cognitive += 1 if action == FLAT else nesting - inside[-1].base + 1
                for unit in inside:
                    depth = nesting - unit.base if action != FLAT else 0
                    unit.costs.append((depth + 1, depth, capture, node))
                    if depth >= unit.nesting and action != FLAT:
                        unit.nesting = depth + 1
            closes = -minus_end
            ranges.append((closes, NEST, nesting, in_scope))
            nesting += 1
        elif action <= ONE:
            inside[-1].own_cognitive += nesting - inside[-1].base if action == LOOP else 1
            for unit in inside:
                depth = nesting - unit.base if action == LOOP else 1
                unit.costs.append((depth, depth - 1, capture, node))
    while inside:
        _leave(inside, profile)
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


def _leave(inside: list[Unit], profile: Profile) -> None:
    """Leave the innermost function; where the profile says so its paths are the outer one's too."""
    left = inside.pop()
    if inside and profile.nested_are_paths:
        inside[-1].cyclomatic += left.cyclomatic
