"""Measuring the functions of one file."""

from tree_sitter import Node, QueryCursor, Tree

from autonav_analysis.complexity.profiles import PROFILES, Action, Profile, weighed
from autonav_analysis.complexity.sweep import Unit, sweep
from autonav_analysis.syntax.grammars import Grammar, parse
from autonav_protocol.values.complexity import FunctionComplexity, Increment


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
    as the parser understood it.
    """
    tree = tree or parse(grammar, source)
    if tree is None:
        return ()
    cursor = QueryCursor(grammar.query)
    if byte_range is not None:
        cursor.set_byte_range(*byte_range)
    chosen = PROFILES[profile]
    units = sweep(cursor.captures(tree.root_node), grammar.language.name_field, chosen)
    return tuple([_measured(path, source, grammar, each, chosen, increments) for each in units])


def _measured(
    path: str, source: bytes, grammar: Grammar, unit: Unit, profile: Profile, increments: bool
) -> FunctionComplexity:
    node, costs = unit.node, unit.costs
    cognitive = 0
    for cost in costs:
        cognitive += cost[0]
    call = _own_call(source, grammar, unit, profile)
    explained: list[Increment] = []
    if increments:
        explained = [_increment(amount, nesting, capture, at, profile) for amount, nesting, capture, at in costs]
        if call is not None:
            explained.append(Increment(call.start_point.row + 1, 1, 0, "recursion"))
            explained.sort(key=lambda each: each.line)
    return FunctionComplexity(
        path=path,
        name=unit.name,
        line=node.start_point[0] + 1,
        end_line=node.end_point[0] + 1,
        cognitive=cognitive if call is None else cognitive + 1,
        cyclomatic=unit.cyclomatic,
        nesting=unit.nesting,
        parameters=unit.parameters,
        start_byte=node.start_byte,
        end_byte=node.end_byte,
        increments=tuple(explained),
    )


def _increment(amount: int, nesting: int, capture: str, node: Node, profile: Profile) -> Increment:
    """Return one increment, on the line where its statement begins; a captured body lies below that."""
    family, _, detail = capture.partition(".")
    action = weighed(profile.name, capture)
    body = action is not None and action[0] in (Action.INCREMENT, Action.FLAT)
    statement = node.parent if body and node.parent is not None else node
    reason = f"{family} sequence" if family in ("and", "or") else detail or family
    return Increment(statement.start_point[0] + 1, amount, nesting, reason)


def _own_call(source: bytes, grammar: Grammar, unit: Unit, profile: Profile) -> Node | None:
    """Return where a function first calls itself: by its name, or as a method of its receiver."""
    name = unit.node.child_by_field_name(grammar.language.name_field)
    if name is None or name.text is None:
        return None
    text, start, end = name.text, name.end_byte, unit.node.end_byte
    # Most functions do not hold their own name before a bracket: asking the tree is for the rest.
    if source.find(text + b"(", start, end) < 0 and source.find(text + b" (", start, end) < 0:
        return None
    kind = "call.own" if unit.in_scope and not profile.methods_recur_by_name else "call"
    calls = QueryCursor(grammar.recursion).captures(unit.node).get(kind, ())
    return min((call for call in calls if call.text == text), key=lambda call: call.start_byte, default=None)
