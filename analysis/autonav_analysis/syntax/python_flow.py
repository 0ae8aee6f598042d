"""Which names are live and which are surely assigned where in a Python function, and what a block takes and gives.

A function becomes steps, each with the steps that may follow it and the one an exception leads to. Edges that
cannot be taken are harmless: they make more names live and fewer assigned. Syntax that is not known gives no flow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis.syntax.python_bindings import EXTRAS, UnknownSyntaxError, Uses, parameters_of, uses, walk, written

END = 0
LEAVES = frozenset(("return_statement", "raise_statement", "break_statement", "continue_statement"))
SIMPLE = frozenset(
    ("expression_statement", "assert_statement", "import_statement", "import_from_statement", "delete_statement",
     "pass_statement", "global_statement", "nonlocal_statement", "function_definition", "class_definition",
     "decorated_definition")
)  # fmt: skip


@dataclass
class Step:
    """One evaluation, the steps that may follow, and the step that an exception in it leads to."""

    uses: Uses
    following: tuple[int, ...]
    raises: int


class Span(NamedTuple):
    """The steps [start, end) of a statement, the one it begins with and the one after it."""

    start: int
    end: int
    entry: int
    following: int


@dataclass(frozen=True)
class Flow:
    """The flow of a function.

    `bound` are its own names in the order they are bound, `parameters` those among them. By step, `live` are the names
    that may be read before they are written, and `assigned` those that surely have a value, None where nothing leads
    to the step. `captured` are names that inner functions may read later, `rebound` those they may write, and
    `unsteady` those that may lose their value. `jumps` holds, for each step that breaks or continues, the step of its
    loop, for one that returns END.
    """

    steps: Sequence[Step]
    spans: Mapping[int, Span | None]
    bound: tuple[bytes, ...]
    parameters: tuple[bytes, ...]
    live: Sequence[frozenset[bytes]]
    assigned: Sequence[frozenset[bytes] | None]
    captured: frozenset[bytes]
    rebound: frozenset[bytes]
    unsteady: frozenset[bytes]
    jumps: Mapping[int, int]


class Passage(NamedTuple):
    """What a block of statements needs from before it, and what of its own is needed after it."""

    inputs: tuple[bytes, ...]
    outputs: tuple[bytes, ...]


def always_leaves(block: Node) -> bool:
    """Return whether control never passes the end of a block, by its last statement alone."""
    inside = [each for each in block.named_children if each.type not in EXTRAS]
    if not inside:
        return False
    last = inside[-1]
    if last.type != "if_statement":
        return last.type in LEAVES
    bodies = [last.child_by_field_name("consequence")]
    others = last.children_by_field_name("alternative")
    bodies += [each.child_by_field_name("consequence") or each.child_by_field_name("body") for each in others]
    has_else = bool(others) and others[-1].type == "else_clause"
    return has_else and all(each is not None and always_leaves(each) for each in bodies)


def flow(function: Node) -> Flow | None:
    """Return the flow of a function, None where it holds syntax that is not understood."""
    body = function.child_by_field_name("body")
    if body is None or body.has_error:
        return None
    building = _Building()
    try:
        entry = _block(building, body, END, _Around(END, END, END, END))
    except (UnknownSyntaxError, RecursionError):
        return None
    steps, parameters = building.steps, parameters_of(function)
    elsewhere = _named_in(walk(body, inner=False), "global_statement", "nonlocal_statement")
    ordered = sorted(
        (each for each in walk(body, inner=False) if each.type == "identifier"), key=lambda each: each.start_byte
    )
    may = frozenset().union(*(step.uses.may_write for step in steps))
    names = (each.text or b"" for each in ordered)
    bound = tuple(dict.fromkeys((*parameters, *(name for name in names if name in may and name not in elsewhere))))
    unsteady = frozenset(building.unsteady)
    return Flow(
        steps,
        building.spans,
        bound,
        parameters,
        _live(steps, range(len(steps)), {}),
        _assigned(steps, entry, frozenset(parameters) - unsteady, unsteady),
        frozenset().union(*(step.uses.captured for step in steps)),
        frozenset(_named_in(walk(body), "nonlocal_statement")),
        unsteady,
        building.jumps,
    )


def live_after(known: Flow, node: Node) -> frozenset[bytes] | None:
    """Return the names that are live after a statement, None where that is not known."""
    span = known.spans.get(node.id)
    return known.live[span.following] if span is not None else None


def seen_by_handlers(known: Flow, first: Node, last: Node) -> frozenset[bytes]:
    """Return the names that are live where exceptions in these statements of a block lead to."""
    begin, end = known.spans.get(first.id), known.spans.get(last.id)
    if begin is None or end is None:
        return frozenset(known.bound)
    region = range(end.start, begin.end)
    targets = {known.steps[each].raises for each in region} - set(region)
    return frozenset().union(*(known.live[each] for each in targets))


def stays_own(known: Flow, first: Node, last: Node, names: Iterable[bytes]) -> bool:
    """Return whether what other statements call by these names stays the same if these ones no longer bind them."""
    begin, end = known.spans.get(first.id), known.spans.get(last.id)
    if begin is None or end is None:
        return False
    return not _named_elsewhere(known, range(end.start, begin.end), frozenset(names))


def passage(known: Flow, first: Node, last: Node) -> Passage | None:
    """Return what the statements from `first` to `last` of one block take and give.

    None where they cannot be a function of their own: control leaves them elsewhere than at their end, a name they
    take or give is not surely assigned, or one is shared with an inner function, the module or a handler.
    """
    begin, end = known.spans.get(first.id), known.spans.get(last.id)
    if begin is None or end is None or (before := known.assigned[begin.entry]) is None:
        return None
    # Statements are built from the last to the first.
    region, after = range(end.start, begin.end), end.following
    inside, bound = [known.steps[each] for each in region], frozenset(known.bound)
    # A `continue` may lead to where the block ends as well, and still cannot stand in a function of its own.
    if any(each in region and loop not in region for each, loop in known.jumps.items()):
        return None
    may = frozenset().union(*(step.uses.may_write for step in inside))
    reads = frozenset().union(*(step.uses.reads for step in inside))
    taken_later = frozenset().union(*(step.uses.captured for step in inside)) & bound
    everywhere = frozenset().union(*(step.uses.may_write for step in known.steps))
    outputs = may & known.live[after]
    inputs = _live(known.steps, region, {after: outputs})[begin.entry] & bound
    shared = known.captured | known.rebound | known.unsteady
    refused = (
        may - bound
        or may & shared
        or reads & known.rebound
        or taken_later & everywhere
        or may & seen_by_handlers(known, first, last)
        or inputs - before
        or _named_elsewhere(known, region, may - outputs)
    )
    if refused:
        return None
    return Passage(
        tuple(each for each in known.bound if each in inputs), tuple(each for each in known.bound if each in outputs)
    )


def _named_elsewhere(known: Flow, region: range, names: frozenset[bytes]) -> frozenset[bytes]:
    """Return which names are read outside a region and bound in it alone: without it they would be the module's."""
    outside = [step.uses for number, step in enumerate(known.steps) if number not in region]
    bound = frozenset(known.parameters).union(*(each.may_write for each in outside))
    return (names - bound).intersection(frozenset[bytes]().union(*(each.reads for each in outside)))


class _Around(NamedTuple):
    """Where control goes from inside a block besides its end, and the step that begins each round of its loop."""

    leaves: int
    raises: int
    breaks: int
    continues: int
    loop: int = END


@dataclass
class _Building:
    steps: list[Step] = field(default_factory=lambda: [Step(Uses(), (), END)])
    spans: dict[int, Span | None] = field(default_factory=dict)
    unsteady: set[bytes] = field(default_factory=set)
    jumps: dict[int, int] = field(default_factory=dict)


def _add(building: _Building, used: Uses, following: Iterable[int], raises: int) -> int:
    building.steps.append(Step(used, tuple(following), raises))
    return len(building.steps) - 1


def _block(building: _Building, block: Node | None, following: int, around: _Around) -> int:
    """Add the steps of a block, last statement first, and return where it begins."""
    entry = following
    for node in reversed(block.named_children if block is not None else []):
        if node.type in EXTRAS:
            continue
        start, after = len(building.steps), entry
        entry = _statement(building, node, after, around)
        span = Span(start, len(building.steps), entry, after)
        # A finally is built twice: what stands in it has no one place.
        building.spans[node.id] = None if node.id in building.spans else span
    return entry


def _statement(building: _Building, node: Node, following: int, around: _Around) -> int:
    if node.type in SIMPLE:
        if node.type == "delete_statement":
            building.unsteady |= _unbound(node)
        return _add(building, uses(node), (following,), around.raises)
    if node.type == "raise_statement":
        return _add(building, uses(node), (), around.raises)
    if node.type in LEAVES:
        target = {"return": around.leaves, "break": around.breaks}.get(node.type.partition("_")[0], around.continues)
        entry = _add(building, uses(node), (target,), around.raises)
        building.jumps[entry] = END if node.type == "return_statement" else around.loop
        return entry
    compound = _COMPOUND.get(node.type)
    if compound is None:
        raise UnknownSyntaxError
    return compound(building, node, following, around)


def _if(building: _Building, node: Node, following: int, around: _Around) -> int:
    entry = following
    for branch in (*reversed(node.children_by_field_name("alternative")), node):
        if branch.type == "else_clause":
            entry = _block(building, branch.child_by_field_name("body"), following, around)
            continue
        body = _block(building, branch.child_by_field_name("consequence"), following, around)
        entry = _add(building, uses(_part(branch, "condition")), (body, entry), around.raises)
    return entry


def _while(building: _Building, node: Node, following: int, around: _Around) -> int:
    condition = _part(node, "condition")
    head = _add(building, uses(condition), (), around.raises)
    body = _block(
        building,
        node.child_by_field_name("body"),
        head,
        around._replace(breaks=following, continues=head, loop=head),
    )
    otherwise = _otherwise(building, node, following, around)
    forever = condition.type == "true" or (condition.type == "integer" and condition.text == b"1")
    building.steps[head].following = (body,) if forever else (body, otherwise)
    return head


def _for(building: _Building, node: Node, following: int, around: _Around) -> int:
    head = _add(building, Uses(), (), around.raises)
    body = _block(
        building,
        node.child_by_field_name("body"),
        head,
        around._replace(breaks=following, continues=head, loop=head),
    )
    bind = _add(building, written(_part(node, "left")), (body,), around.raises)
    building.steps[head].following = (bind, _otherwise(building, node, following, around))
    return _add(building, uses(_part(node, "right")), (head,), around.raises)


def _with(building: _Building, node: Node, following: int, around: _Around) -> int:
    """Add the steps of a with, whose managers may swallow what its body raises."""
    swallowed = _add(building, Uses(), (following,), around.raises)
    inside = around._replace(raises=swallowed)
    entry = _block(building, node.child_by_field_name("body"), following, inside)
    for item in reversed([each for each in walk(node) if each.type == "with_item" and _owner(each) == node]):
        value = _part(item, "value")
        if value.type == "as_pattern":
            alias = _part(value, "alias")
            entry = _add(building, written(alias), (entry,), swallowed)
            value = value.named_children[0]
        entry = _add(building, uses(value), (entry,), swallowed)
    return entry


def _try(building: _Building, node: Node, following: int, around: _Around) -> int:
    clauses = [each for each in node.named_children if each.type not in EXTRAS]
    if any(part.type == "*" for each in clauses for part in each.children):  # an `except*`
        raise UnknownSyntaxError
    last = next((each for each in clauses if each.type == "finally_clause"), None)
    inside, after = around, following
    if last is not None:
        held = {each.type for each in walk(node, inner=False)}
        ways = (("return", around.leaves), ("break", around.breaks), ("continue", around.continues))
        onward = [target for kind, target in ways if f"{kind}_statement" in held]
        left = _add(building, Uses(), onward, around.raises)
        abrupt = _block(building, last.named_children[-1], left, around)
        after = _block(building, last.named_children[-1], following, around)
        inside = _Around(abrupt, abrupt, abrupt, abrupt, around.loop)
    handlers = [each for each in clauses if each.type == "except_clause"]
    handler = _add(building, Uses(), (), inside.raises)
    for clause in reversed(handlers):
        handler = _handler(building, clause, handler, after, inside)
    entry = next((each for each in clauses if each.type == "else_clause"), None)
    otherwise = _block(building, entry.child_by_field_name("body"), after, inside) if entry is not None else after
    return _block(building, node.child_by_field_name("body"), otherwise, inside._replace(raises=handler))


def _handler(building: _Building, clause: Node, unmatched: int, after: int, around: _Around) -> int:
    entry = _block(building, clause.named_children[-1], after, around)
    caught = clause.child_by_field_name("value")
    if caught is None:
        others = [each for each in clause.named_children[:-1] if each.type not in EXTRAS]
        return _add(building, uses(*others), (entry, unmatched) if others else (entry,), around.raises)
    if caught.type == "as_pattern":
        target = written(_part(caught, "alias"))
        building.unsteady |= target.may_write  # it is deleted where the handler ends
        entry = _add(building, target, (entry,), around.raises)
        caught = caught.named_children[0]
    return _add(building, uses(caught), (entry, unmatched), around.raises)


def _otherwise(building: _Building, loop: Node, following: int, around: _Around) -> int:
    clause = loop.child_by_field_name("alternative")
    return _block(building, clause.child_by_field_name("body"), following, around) if clause is not None else following


def _live(steps: Sequence[Step], region: range, after: Mapping[int, frozenset[bytes]]) -> list[frozenset[bytes]]:
    """Return the live names before each step of a region; what is live outside it is as `after` says."""
    live: list[frozenset[bytes]] = [after.get(each, frozenset()) for each in range(len(steps))]
    moved = True
    while moved:
        moved = False
        for each in region:
            step = steps[each]
            later = frozenset().union(*(live[target] for target in step.following))
            now = (later - step.uses.writes).union(step.uses.reads, live[step.raises])
            if each != END and now != live[each]:
                live[each], moved = now, True
    return live


def _assigned(
    steps: Sequence[Step], entry: int, parameters: frozenset[bytes], unsteady: frozenset[bytes]
) -> list[frozenset[bytes] | None]:
    """Return the surely assigned names before each step, those that are ever deleted left out."""
    known: list[frozenset[bytes] | None] = [None] * len(steps)
    known[entry] = parameters
    waiting = [entry]
    while waiting:
        step = steps[each := waiting.pop()]
        before = known[each] or frozenset()
        reached = [(target, before.union(step.uses.writes - unsteady)) for target in step.following]
        for target, has in (*reached, (step.raises, before)):
            old = known[target]
            new = has if old is None else old.intersection(has)
            if new != old:
                known[target] = new
                waiting.append(target)
    return known


def _unbound(deletion: Node) -> set[bytes]:
    """Return the names that a `del` takes away; those of attributes and items only lose a part."""
    waiting, found = list(deletion.named_children), set[bytes]()
    while waiting:
        node = waiting.pop()
        if node.type == "identifier":
            found.add(node.text or b"")
        elif node.type not in ("attribute", "subscript"):
            waiting += node.named_children
    return found


def _named_in(nodes: Iterable[Node], *types: str) -> set[bytes]:
    return {each.text or b"" for node in nodes if node.type in types for each in node.named_children}


def _part(node: Node, field_name: str) -> Node:
    found = node.child_by_field_name(field_name)
    if found is None:
        raise UnknownSyntaxError
    return found


def _owner(item: Node) -> Node | None:
    clause = item.parent
    return clause.parent if clause is not None else None


_COMPOUND = {
    "if_statement": _if,
    "while_statement": _while,
    "for_statement": _for,
    "with_statement": _with,
    "try_statement": _try,
}
