"""Measuring the functions of one file."""

from tree_sitter import Node, QueryCursor, Tree

from autonav_analysis.complexity.profiles import PROFILES, Action, Profile, weighed
from autonav_analysis.complexity.sweep import Unit, sweep
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
    as the parser understood it.
    """
    tree = tree or parse(grammar, source)
    if tree is None:
        return ()
    cursor = QueryCursor(grammar.query)
    if byte_range is not None:
        cursor.set_byte_range(*byte_range)
    chosen = PROFILES[profile]
    units = sweep(source, cursor.captures(tree.root_node), grammar.language.name_field, chosen)
    return tuple([_measured(path, source, grammar, each, chosen, increments) for each in units])


def _measured(
    path: str, source: bytes, grammar: Grammar, unit: Unit, profile: Profile, increments: bool
) -> FunctionComplexity:
    node, costs = unit.node, unit.costs
    cognitive = sum([cost[0] for cost in costs])
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
    """Return where a function first calls itself: by its name, or a method by its receiver's."""
    own_name, end = unit.own_name, unit.node.end_byte
    by_receiver = unit.in_scope and not profile.methods_recur_by_name
    # Most functions do not hold their own name before a bracket: the tree is asked about the rest.
    at = source.find(own_name + b"(", unit.name_end, end) if own_name else -1
    while at >= 0:
        if source[at - 1] not in WORD and (node := _call_at(source, at, grammar, unit, by_receiver)):
            return node
        at = source.find(own_name + b"(", at + 1, end)
    return None


def _call_at(source: bytes, at: int, grammar: Grammar, unit: Unit, by_receiver: bool) -> Node | None:
    cursor = QueryCursor(grammar.recursion)
    cursor.set_byte_range(at, at + len(unit.own_name))
    for _, captures in cursor.matches(unit.node):
        call, receiver = captures["call"][0], captures.get("call.receiver")
        on_receiver = receiver is not None and _text(source, receiver[0]) in grammar.language.receivers
        if call.start_byte == at and (on_receiver if by_receiver else receiver is None):
            return call
    return None


def _text(source: bytes, node: Node) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
