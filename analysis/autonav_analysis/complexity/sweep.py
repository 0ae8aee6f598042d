"""One sweep over captured byte ranges gives every measure of every function.

Captures become events sorted by start, longest first; a stack of open ranges knows the nesting
and the functions around. Nothing here knows a node type of any language.
"""

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from tree_sitter import Node

from autonav_analysis.complexity.profiles import ACTIONS, RANK, Action, Profile
from autonav_analysis.language import Language
from autonav_protocol.values.complexity import FunctionComplexity, Increment

FUNCTION, NEST, INCREMENT, FLAT, AND, OR, COMPREHENSION, COUNT, SELF_NEST, SCOPE, PARAMETER = range(len(Action))
WORD = re.compile(rb"[A-Za-z]+")
ORDER = itemgetter(0, 1, 2)


class _Open:
    """A function while the sweep is inside it."""

    __slots__ = ("base", "cyclomatic", "end", "increments", "name", "nesting", "node", "parameters", "start", "wrapper")

    def __init__(self, node: Node, name: str, start: int, end: int, base: int, wrapper: bool) -> None:
        self.node, self.name, self.start, self.end, self.base, self.wrapper = node, name, start, end, base, wrapper
        self.cyclomatic, self.nesting, self.parameters = 1, 0, 0
        self.increments: list[tuple[int, int, int, str]] = []


def sweep(
    path: str, source: bytes, captures: Mapping[str, Sequence[Node]], root: Node, language: Language, profile: Profile
) -> list[FunctionComplexity]:
    """Return the functions among the captures, in the order they begin."""
    functions = _swept(source, captures, language, profile)
    return [_measured(path, source, root, language, each) for each in functions]


def _events(captures: Mapping[str, Sequence[Node]], profile: Profile) -> list[tuple[Any, ...]]:
    """Return `(start, -end, rank, action, cyclomatic weight, capture, node)` in sweep order."""
    found: list[tuple[Any, ...]] = []
    for name, nodes in captures.items():
        action = ACTIONS.get(name)
        if action is None:
            continue
        rank, number, weight = RANK[action], int(action), profile.cyclomatic.get(name, 0)
        found.extend([(n.start_byte, -n.end_byte, rank, number, weight, name, n) for n in nodes])
        if name == "inc.ternary":
            rank = RANK[SELF_NEST]
            found.extend([(n.start_byte, -n.end_byte, rank, SELF_NEST, 0, name, n) for n in nodes])
    found.sort(key=ORDER)
    return found


def _swept(  # noqa: C901, PLR0912, PLR0915 - one pass, and its cost is why it exists
    source: bytes, captures: Mapping[str, Sequence[Node]], language: Language, profile: Profile
) -> list[_Open]:
    inner = {(n.start_byte, n.end_byte) for n in captures.get("sub", ())}
    wrappers = {n.start_byte for n in captures.get("decorator", ())}
    else_ifs = {(n.start_byte, -n.end_byte) for n in captures.get("elseif", ())}
    found: list[_Open] = []
    ranges: list[tuple[int, int, int]] = []  # end, action, nesting outside
    inside: list[_Open] = []
    names: list[str] = []
    nesting = 0
    for start, minus_end, _, action, weight, capture, node in _events(captures, profile):
        while ranges and ranges[-1][0] <= start:
            _, closed, nesting = ranges.pop()
            if closed == FUNCTION:
                inside.pop()
            if closed in (FUNCTION, SCOPE):
                names.pop()
        end = -minus_end
        if action == NEST or action == SELF_NEST:
            if action == SELF_NEST or (start, minus_end) not in else_ifs:
                ranges.append((end, NEST, nesting))
                nesting += 1
            continue
        if action == FUNCTION or action == SCOPE:
            name = node.child_by_field_name(language.name_field)
            names.append(name.text.decode("utf-8", "replace") if name is not None and name.text else "<anonymous>")
            ranges.append((end, action, nesting))
            if action == FUNCTION:
                if inside and not inside[-1].wrapper:
                    nesting += 1
                for outer in inside:
                    outer.cyclomatic += 1
                function = _Open(node, ".".join(names), start, end, nesting, start in wrappers)
                found.append(function)
                inside.append(function)
            continue
        if action == PARAMETER:
            if inside:
                inside[-1].parameters += 1
            continue
        if action == COMPREHENSION:
            if profile.comprehensions_are_cognitive:
                ranges.append((end, NEST, nesting))
                nesting += 1
            continue
        counts = 0  # what the capture adds to cognitive complexity: 1, or -1 for 1 and the nesting
        if action == INCREMENT:
            counts = 0 if (start, minus_end) in else_ifs else -1
        elif action == FLAT:
            counts = 1
        elif action == AND or action == OR:
            same = (start, end) in inner and bool(ranges) and ranges[-1][1] == action
            counts = 0 if same else 1
            ranges.append((end, action, nesting))
        elif profile.comprehensions_are_cognitive and capture in ("comp.for", "comp.if"):
            counts = -1 if capture == "comp.for" else 1
        if not inside:
            continue
        if weight:
            for function in inside:
                function.cyclomatic += weight
        if counts:
            line, reason = node.start_point[0] + 1, _reason(source, start, capture)
            for function in inside:
                depth = nesting - function.base if counts < 0 else 0
                function.increments.append((line, 1 + depth, depth, reason))
            if counts < 0:
                top = inside[-1]
                top.nesting = max(top.nesting, nesting - top.base + 1)
    return found


def _reason(source: bytes, start: int, capture: str) -> str:
    if capture in ("and", "or"):
        return f"{capture} sequence"
    if capture == "inc.ternary":
        return "conditional expression"
    word = WORD.match(source, start)
    return word[0].decode("ascii") if word else capture


def _measured(path: str, source: bytes, root: Node, language: Language, function: _Open) -> FunctionComplexity:
    increments = function.increments
    if line := _recursion(source, root, language, function):
        increments = sorted([*increments, (line, 1, 0, "recursion")])
    return FunctionComplexity(
        path=path,
        name=function.name,
        line=function.node.start_point[0] + 1,
        end_line=function.node.end_point[0] + 1,
        cognitive=sum(amount for _, amount, _, _ in increments),
        cyclomatic=function.cyclomatic,
        nesting=function.nesting,
        parameters=function.parameters,
        start_byte=function.start,
        end_byte=function.end,
        increments=tuple(Increment(*each) for each in increments),
    )


def _recursion(source: bytes, root: Node, language: Language, function: _Open) -> int | None:
    """Return the line on which a function first calls itself by its plain name, None where it does not."""
    body = function.node.child_by_field_name(language.body_field)
    if body is None:
        return None
    name = function.name.rpartition(".")[2].encode()
    at = source.find(name + b"(", body.start_byte, function.end)
    while at >= 0:
        before = source[at - 1 : at]
        if not (before.isalnum() or before in (b"_", b".")):
            node = root.descendant_for_byte_range(at, at + len(name))
            if node is not None and node.type != language.identifier:
                node = root.descendant_for_byte_range(at, at + len(name) - 1)
            if node is not None and node.type == language.identifier and not _is_definition(node, language):
                return node.start_point[0] + 1
        at = source.find(name + b"(", at + 1, function.end)
    return None


def _is_definition(node: Node, language: Language) -> bool:
    return node.parent is not None and node.parent.child_by_field_name(language.name_field) == node
