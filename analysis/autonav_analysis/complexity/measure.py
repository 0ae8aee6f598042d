"""Measuring the functions of one file."""

from tree_sitter import Node, QueryCursor, Tree

from autonav_analysis.complexity.profiles import PROFILES, Action, Profile, weighed
from autonav_analysis.complexity.sweep import Unit, sweep
from autonav_analysis.syntax.captures import Captures, captured
from autonav_analysis.syntax.grammars import Grammar, parse
from autonav_protocol.values.complexity import FunctionComplexity, Increment

WORD = frozenset(b"_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def measure(
    path: str,
    source: bytes,
    grammar: Grammar,
    tree: Tree | None = None,
    *,
    profile: str = "sonar",
    increments: bool = True,
    byte_range: tuple[int, int] | None = None,
) -> tuple[FunctionComplexity, ...]:
    """Return the functions of `source` in the order they begin, nested ones included.

    A function's values include those of the functions inside it, and its increments sum to its
    cognitive complexity; without `increments` they are left out, which is faster. With
    `byte_range` only functions that overlap it are measured. Broken syntax is measured as far
    as the parser understood it. `profile` is a key of `PROFILES`.
    """
    captures = captured(grammar, tree or parse(grammar, source), byte_range)
    return measure_captures(path, source, grammar, captures, profile=profile, increments=increments)


def measure_captures(
    path: str,
    source: bytes,
    grammar: Grammar,
    captures: Captures,
    *,
    profile: str = "sonar",
    increments: bool = True,
) -> tuple[FunctionComplexity, ...]:
    """Return the functions among the captures of `source`, as `measure` does."""
    chosen = PROFILES[profile]
    units = sweep(source, captures, grammar.language, chosen)
    return tuple([_measured(path, source, grammar, each, chosen, increments) for each in units])


def _measured(
    path: str, source: bytes, grammar: Grammar, unit: Unit, profile: Profile, increments: bool
) -> FunctionComplexity:
    node, costs = unit.node, unit.costs
    end, line, end_line = node.end_byte, node.start_point[0] + 1, node.end_point[0] + 1
    cognitive = sum([cost[0] for cost in costs])
    # Most functions do not hold their own name before a bracket: only the rest are looked at closely.
    at = source.find(_called(unit, grammar), unit.name_end, end)
    call = _own_call(source, at, grammar, unit, profile) if at >= 0 else None
    return FunctionComplexity(
        path=path,
        name=unit.name,
        line=line,
        end_line=end_line,
        cognitive=cognitive if call is None else cognitive + 1,
        cyclomatic=unit.cyclomatic,
        nesting=unit.nesting,
        parameters=unit.parameters,
        lines=end_line - line + 1,
        own_cognitive=unit.own_cognitive if call is None else unit.own_cognitive + 1,
        own_cyclomatic=unit.own_cyclomatic,
        start_byte=node.start_byte,
        end_byte=end,
        increments=_increments(unit, call, profile) if increments else (),
    )


def _increments(unit: Unit, call: Node | None, profile: Profile) -> tuple[Increment, ...]:
    """Return what a function's costs are for, in the order of their lines."""
    found: list[Increment] = []
    for amount, nesting, capture, node in unit.costs:
        family, _, detail = capture.partition(".")
        action = weighed(profile.name, capture)
        # A captured body lies below the line that says what it is.
        body = action is not None and action[0] in (Action.INCREMENT, Action.FLAT)
        statement = node.parent if body and node.parent is not None else node
        reason = f"{family} sequence" if family in ("and", "or") else family if detail in ("", "path") else detail
        found.append(Increment(statement.start_point[0] + 1, amount, nesting, reason))
    if call is not None:
        found.append(Increment(call.start_point[0] + 1, 1, 0, "recursion"))
    return tuple(sorted(found, key=lambda each: each.line))


def _own_call(source: bytes, at: int, grammar: Grammar, unit: Unit, profile: Profile) -> Node | None:
    """Return where a function first calls itself from `at` on: by its name, or a method by its receiver's."""
    end = unit.node.end_byte
    called = _called(unit, grammar)
    by_receiver = unit.in_scope and not profile.methods_recur_by_name
    while at >= 0 and unit.own_name:
        if source[at - 1] not in WORD and (call := _call_at(source, at, grammar, unit, by_receiver)):
            return call
        at = source.find(called, at + 1, end)
    return None


def _called(unit: Unit, grammar: Grammar) -> bytes:
    return unit.own_name + b"(" if grammar.language.calls_have_brackets else unit.own_name


def _call_at(source: bytes, at: int, grammar: Grammar, unit: Unit, by_receiver: bool) -> Node | None:
    cursor = QueryCursor(grammar.recursion)
    cursor.set_byte_range(at, at + len(unit.own_name))
    for _, captures in cursor.matches(unit.node):
        call, receivers = captures["call"][0], captures.get("call.receiver", ())
        if call.start_byte != at:
            continue
        names = [source[each.start_byte : each.end_byte].decode("utf-8", "replace") for each in receivers]
        if (names[0] if names else "") in (grammar.language.receivers if by_receiver else ("",)):
            return call
    return None
