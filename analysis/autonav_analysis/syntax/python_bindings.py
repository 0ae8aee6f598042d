"""What names one piece of Python reads, writes and captures; comprehensions, lambdas and walruses included."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

EXTRAS = frozenset(("comment", "line_continuation"))
NAMED_PARTS = {"attribute": "object", "keyword_argument": "value"}
COMPREHENSIONS = frozenset(
    ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
)
DEFINITIONS = frozenset(("function_definition", "class_definition"))
GROUPS = frozenset(
    ("pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "tuple", "list", "list_splat",
     "expression_list", "parenthesized_expression", "as_pattern_target")
)  # fmt: skip
EAGER = frozenset(
    (b"all", b"any", b"bytes", b"dict", b"frozenset", b"list", b"max", b"min", b"set", b"sorted", b"sum", b"tuple")
)
"""What uses a generator up before it returns, besides `join`."""


class UnknownSyntaxError(Exception):
    """A piece of syntax whose names are not understood."""


@dataclass
class Uses:
    """The names that a piece uses: `reads` before it has written them, `writes` on every path through it.

    `may_write` are those written on some path, `writes` among them. `captured` are those that a function, a class
    or a generator in it may read later.
    """

    reads: set[bytes] = field(default_factory=set)
    writes: set[bytes] = field(default_factory=set)
    may_write: set[bytes] = field(default_factory=set)
    captured: set[bytes] = field(default_factory=set)


def uses(*nodes: Node) -> Uses:
    """Return what some statements or expressions use that are run one after the other.

    Raise UnknownSyntaxError where a target is of an unknown kind.
    """
    found = Uses()
    for node in nodes:
        _scan(node, found, frozenset(), True)
    return found


def written(target: Node) -> Uses:
    """Return what assigning to a target uses."""
    found = Uses()
    _write(target, found, frozenset(), True)
    return found


def parameters_of(function: Node) -> tuple[bytes, ...]:
    """Return the parameters of a function or lambda, in order."""
    parameters = function.child_by_field_name("parameters")
    return tuple(
        name.text or b""
        for each in (parameters.named_children if parameters is not None else ())
        if (name := _parameter_name(each)) is not None
    )


def walk(root: Node, *, inner: bool = True) -> Iterator[Node]:
    """Yield a node and all below it in the order they begin, what stands in functions and classes only if `inner`."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        if inner or node == root or node.type not in DEFINITIONS:
            waiting.extend(reversed(node.children))


def _scan(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    special = _SPECIAL.get(node.type)
    if special is not None:
        special(node, found, hidden, sure)
        return
    part = NAMED_PARTS.get(node.type)
    children = node.named_children if part is None else [node.child_by_field_name(part)]
    for child in children:
        if child is not None:
            _scan(child, found, hidden, sure)


def _identifier(node: Node, found: Uses, hidden: frozenset[bytes], _sure: bool) -> None:
    name = node.text or b""
    if name not in hidden and name not in found.writes:
        found.reads.add(name)


def _nothing(_node: Node, _found: Uses, _hidden: frozenset[bytes], _sure: bool) -> None:
    """Scoping statements use nothing themselves."""


def _unknown(_node: Node, _found: Uses, _hidden: frozenset[bytes], _sure: bool) -> None:
    raise UnknownSyntaxError


def _walrus(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None or value is None:
        raise UnknownSyntaxError
    _scan(value, found, hidden, sure)
    _write(name, found, hidden, sure)


def _first_alone_is_sure(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    certain = 2 if node.type == "comparison_operator" else 1
    for index, child in enumerate(node.named_children):
        _scan(child, found, hidden, sure and index < certain)


def _conditional(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    chosen, condition, other = [each for each in node.named_children if each.type not in EXTRAS]
    _scan(condition, found, hidden, sure)
    _scan(chosen, found, hidden, False)
    _scan(other, found, hidden, False)


def _comprehension(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    clauses = [each for each in node.named_children if each.type == "for_in_clause"]
    first = clauses[0].child_by_field_name("right") if clauses else None
    if first is None:
        raise UnknownSyntaxError
    _scan(first, found, hidden, sure)
    inside = Uses()
    own = frozenset(name for each in clauses for name in _targets(each))
    for child in node.named_children:
        parts = [each for each in child.named_children if each != child.child_by_field_name("left") and each != first]
        for part in parts if child.type == "for_in_clause" else [child]:
            _scan(part, inside, hidden | own, False)
    found.reads |= inside.reads - found.writes
    found.may_write |= inside.may_write
    found.captured |= inside.captured
    if node.type == "generator_expression" and not _is_used_up(node):
        found.captured |= inside.reads


def _lambda(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    for each in parameters.named_children if parameters is not None else ():
        if (value := each.child_by_field_name("value")) is not None:
            _scan(value, found, hidden, sure)
    inside = Uses()
    if body is not None:
        _scan(body, inside, hidden | frozenset(parameters_of(node)), False)
    found.reads |= inside.reads - found.writes
    found.captured |= inside.reads | inside.captured


def _definition(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    """Take every name in it as read and captured: more than it is, never less."""
    names = {each.text or b"" for each in walk(node) if each.type == "identifier"}
    found.reads |= names - found.writes - hidden
    found.captured |= names - hidden
    if (name := node.child_by_field_name("name")) is not None:
        _write(name, found, hidden, sure)


def _assignment(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    annotation = node.child_by_field_name("type")
    if left is None:
        raise UnknownSyntaxError
    if node.type == "augmented_assignment":
        _scan(left, found, hidden, sure)
    if right is not None:
        _scan(right, found, hidden, sure)
    # The annotation of a plain name in a function is not evaluated.
    if annotation is not None and left.type != "identifier":
        _scan(annotation, found, hidden, sure)
    if right is not None:
        _write(left, found, hidden, sure)


def _import(node: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    module = node.child_by_field_name("module_name")
    for each in node.named_children:
        if each == module or each.type in EXTRAS:
            continue
        name = each.child_by_field_name("alias") or (each.named_children[0] if each.named_children else None)
        if name is None or each.type == "wildcard_import":
            raise UnknownSyntaxError
        _write(name, found, hidden, sure)


def _write(target: Node, found: Uses, hidden: frozenset[bytes], sure: bool) -> None:
    if target.type == "identifier":
        name = target.text or b""
        found.may_write.add(name)
        if sure:
            found.writes.add(name)
    elif target.type in GROUPS:
        for each in target.named_children:
            if each.type not in EXTRAS:
                _write(each, found, hidden, sure)
    elif target.type in ("attribute", "subscript"):
        _scan(target, found, hidden, sure)
    else:
        raise UnknownSyntaxError


def _targets(clause: Node) -> set[bytes]:
    left = clause.child_by_field_name("left")
    if left is None or any(each.type in ("attribute", "subscript") for each in walk(left)):
        raise UnknownSyntaxError
    return {each.text or b"" for each in walk(left) if each.type == "identifier"}


def _is_used_up(generator: Node) -> bool:
    call = generator.parent
    callee = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    if callee is None:
        return False
    if callee.type == "attribute":
        name = callee.child_by_field_name("attribute")
        return name is not None and name.text == b"join"
    return callee.type == "identifier" and callee.text in EAGER


def _parameter_name(parameter: Node) -> Node | None:
    waiting = [parameter.child_by_field_name("name") or parameter]
    while waiting:
        node = waiting.pop(0)
        if node.type == "identifier":
            return node
        waiting += [each for each in node.named_children if each.type != "type"]
    return None


_SPECIAL = {
    "identifier": _identifier,
    "named_expression": _walrus,
    "boolean_operator": _first_alone_is_sure,
    "comparison_operator": _first_alone_is_sure,
    "assert_statement": _first_alone_is_sure,
    "conditional_expression": _conditional,
    "lambda": _lambda,
    "assignment": _assignment,
    "augmented_assignment": _assignment,
    "import_statement": _import,
    "import_from_statement": _import,
    "future_import_statement": _import,
    "as_pattern": _unknown,
    "global_statement": _nothing,
    "nonlocal_statement": _nothing,
    **dict.fromkeys(COMPREHENSIONS, _comprehension),
    **dict.fromkeys(DEFINITIONS, _definition),
}
