"""What a Python file offers the rewrites of its own functions: the names, conditions, exits and calls it has."""

import builtins
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeVar

from tree_sitter import Node

from autonav_analysis.rewrite import Replacement, Site
from autonav_analysis.syntax.grammars import languages, load, parse
from autonav_analysis.syntax.python_nodes import put, text, walk

T = TypeVar("T")
LONGEST = 80
KEPT_FILES = 64
CLASSES = (b"str", b"int", b"list", b"tuple", b"dict", b"bytes", b"float", b"set", b"bool")
EXPRESSIONS = frozenset(
    ("attribute", "call", "subscript", "comparison_operator", "boolean_operator", "not_operator", "binary_operator",
     "unary_operator", "tuple", "list", "dictionary", "list_comprehension", "conditional_expression")
)  # fmt: skip
EXITS = frozenset(("return_statement", "raise_statement", "continue_statement", "break_statement"))
DEFINITIONS = frozenset(("function_definition", "class_definition"))
_WORD = re.compile(rb"\w+")
BUILTINS = frozenset(name.encode() for name in dir(builtins))


class Scrap(NamedTuple):
    """A piece of the file that may be used again: its text, the names it needs, and where it stands."""

    text: bytes
    kind: str
    names: frozenset[bytes]
    start: int


@dataclass(frozen=True)
class Scope:
    """The scraps of a file by role, and what is called how, the most used first."""

    names: tuple[bytes, ...]
    expressions: tuple[Scrap, ...]
    conditions: tuple[Scrap, ...]
    exits: tuple[Scrap, ...]
    statements: tuple[Scrap, ...]
    blocks: tuple[Scrap, ...]
    strings: tuple[Scrap, ...]
    classes: tuple[bytes, ...]
    methods: tuple[bytes, ...]
    wrappers: tuple[bytes, ...]
    keywords: Mapping[bytes, tuple[bytes, ...]]


def scope(site: Site) -> Scope:
    """Return what the site's file offers."""
    return _scope(site.source)


def usable(site: Site, role: str, longest: int = LONGEST) -> tuple[bytes, ...]:
    """Return the texts of a role whose names the site knows, of its own function first, then its class, then by use.

    The roles are the fields of a scope that hold scraps, and "attributes": the dotted names of its class alone.
    """
    home = enclosing_class(site.function)
    return _usable(site.source, site.names, _span(site.function), _span(home or site.function), role, longest)


def own_attributes(site: Site) -> tuple[bytes, ...]:
    """Return the dotted names that the function reads, then those of its class."""
    return usable(site, "attributes", 40)


def own_kinds(site: Site) -> tuple[bytes, ...]:
    """Return the classes that a value may be asked for: the one that the function stands in, then those of the file."""
    home = enclosing_class(site.function)
    name = home.child_by_field_name("name") if home is not None else None
    own = (name.text,) if name is not None and name.text else ()
    return tuple(dict.fromkeys((*own, *taken_in_turn((scope(site).classes, CLASSES[:6])))))


def enclosing_class(node: Node) -> Node | None:
    """Return the class a node stands in, or None."""
    outer = node.parent
    while outer is not None and outer.type != "class_definition":
        outer = outer.parent
    return outer


def taken_in_turn(rows: Iterable[Iterable[T]]) -> Iterator[T]:
    """Yield the first of each row, then the second of each, and so on: a cap then cuts all rows alike."""
    waiting = [iter(row) for row in rows]
    while waiting:
        left = []
        for row in waiting:
            for item in row:
                yield item
                left.append(row)
                break
        waiting = left


def likeliest_members(
    names: Iterable[Node | None], counterparts: Iterable[Sequence[bytes]], members: Iterable[bytes]
) -> Iterator[tuple[Node, bytes]]:
    """Yield each name with what may stand for it: its known counterparts, then the members that are most alike."""
    pairs = []
    for name in names:
        if name is None or name.text is None:
            continue
        own = name.text
        known = {other: 2.0 for group in counterparts if own in group for other in group}
        others = [each for each in dict.fromkeys((*known, *members)) if each != own]
        pairs += [(known.get(other, likeness(own, other)), name, other) for other in others]
    for _, name, other in sorted(pairs, key=lambda pair: -pair[0]):
        yield name, other


def most_alike_first(site: Site, rows: Iterable[tuple[Node, Iterable[bytes]]]) -> Iterator[Replacement]:
    """Yield each node replaced by each of the others that differ from it, those most alike first."""
    scored = [
        (likeness(own, other), node, other)
        for node, others in rows
        for own in (text(site, node),)
        for other in others
        if other != own
    ]
    for _, node, other in sorted(scored, key=lambda pair: -pair[0]):
        yield put(node, other)


def alternated(own: bytes, others: Sequence[bytes]) -> Iterator[bytes]:
    """Yield others in turn with the same in the order of their likeness, its own text left out."""
    alike = sorted(others, key=lambda each: -likeness(own, each))
    return (each for each in taken_in_turn((alike, others)) if each != own)


def nearness(own: bytes, other: bytes, index: int, near: int) -> float:
    """Return how likely one takes the other's place; a plain value is like nothing, and gives way to the nearest."""
    return max(likeness(own, other), 0.4 - index / 100 if own.isalnum() else 0.0) - 0.1 * (index > near)


def likeness(one: bytes, other: bytes) -> float:
    """Return how alike two pieces of code are, from 0 to 1: the words they share, or the letters of two names."""
    mine, others = words(one), words(other)
    if len(mine) == len(others) == 1:
        return _common(one, other) / max(len(one), len(other), 1)
    return len(mine & others) / max(1, len(mine | others))


def _span(node: Node) -> tuple[int, int]:
    return node.start_byte, node.end_byte


@lru_cache(maxsize=4 * KEPT_FILES)
def _usable(
    source: bytes, names: tuple[bytes, ...], function: tuple[int, int], home: tuple[int, int], role: str, longest: int
) -> tuple[bytes, ...]:
    found = _scope(source)
    known = frozenset((*names, *found.names)) | BUILTINS
    scraps: Iterable[Scrap] = getattr(found, "expressions" if role == "attributes" else role)
    if role == "attributes":
        scraps = [each for each in scraps if each.kind == "attribute" and home[0] <= each.start < home[1]]
    counts = Counter[bytes]()
    distance: dict[bytes, int] = {}
    for scrap in scraps:
        if len(scrap.text) <= longest and scrap.names <= known:
            counts[scrap.text] += 1
            far = 0 if function[0] <= scrap.start < function[1] else 1 if home[0] <= scrap.start < home[1] else 2
            distance[scrap.text] = min(far, distance.get(scrap.text, 2))
    return tuple(sorted(counts, key=lambda text: (distance[text], -counts[text])))


@lru_cache(maxsize=8192)
def words(text: bytes) -> frozenset[bytes]:
    """Return the words of a piece of code."""
    return frozenset(_WORD.findall(text))


@lru_cache(maxsize=KEPT_FILES)
def _scope(source: bytes) -> Scope:
    tree = parse(load(languages()["python"]), source)
    found: dict[str, list[Scrap]] = defaultdict(list)
    names, classes, methods, wrappers = Counter[bytes](), Counter[bytes](), Counter[bytes](), Counter[bytes]()
    keywords: dict[bytes, Counter[bytes]] = defaultdict(Counter)
    for node in walk(tree.root_node) if tree is not None else ():
        role = _role(node)
        if (
            role
            and node.end_byte - node.start_byte <= 2 * LONGEST
            and (role == "blocks" or b"\n" not in source[node.start_byte : node.end_byte])
        ):
            found[role].append(_scrap(source, node))
            if role == "conditions" and node.type in EXPRESSIONS:
                found["expressions"].append(found[role][-1])
        if node.type == "call":
            _note_call(source, node, methods, wrappers, keywords, classes)
        elif node.type in DEFINITIONS:
            _note_definition(source, node, names, keywords)
        elif node.parent is not None and _is_outside(node):
            names.update(_bound(source, node))
    imported = [name for name in names if name[:1].isupper() and not name.isupper()]
    return Scope(
        names=tuple(name for name, _ in names.most_common()),
        expressions=tuple(found["expressions"]),
        conditions=tuple(found["conditions"]),
        exits=tuple(found["exits"]),
        statements=tuple(found["statements"]),
        blocks=tuple(found["blocks"]),
        strings=tuple(found["strings"]),
        classes=tuple(dict.fromkeys((*(each for each, _ in classes.most_common()), *CLASSES[:6], *imported, *CLASSES))),
        methods=tuple(name for name, _ in methods.most_common()),
        wrappers=tuple(name for name, _ in wrappers.most_common()),
        keywords={name: tuple(each for each, _ in counts.most_common()) for name, counts in keywords.items()},
    )


def _role(node: Node) -> str:
    parent = node.parent
    if parent is None:
        return ""
    if node.type in EXITS:
        return "exits"
    if node.type == "if_statement" and _is_short(node):
        return "blocks"
    if node.type == "expression_statement" and node.named_child_count and node.named_children[0].type != "string":
        return "statements"
    if node.type == "string":
        return "strings"
    asks = parent.type in ("if_statement", "elif_clause", "while_statement", "if_clause", "conditional_expression")
    if (
        asks
        and node.is_named
        and node.type not in ("block", "comment")
        and parent.child_by_field_name("condition") in (node, None)
    ):
        return "conditions" if parent.type != "conditional_expression" or parent.named_children[1] == node else ""
    if parent.type in ("boolean_operator", "not_operator") and node.is_named:
        return "conditions"
    return "expressions" if node.type in EXPRESSIONS else ""


def _is_short(node: Node) -> bool:
    """Return whether an if has one question, a body of one line, and nothing else."""
    body = node.child_by_field_name("consequence")
    alone = node.child_by_field_name("alternative") is None and body is not None and body.named_child_count == 1
    return alone and node.end_point[0] == node.start_point[0] + 1


def _scrap(source: bytes, node: Node) -> Scrap:
    names = set()
    for each in walk(node):
        if each.type == "identifier" and each.parent is not None:
            outer = each.parent
            is_attribute = outer.type == "attribute" and outer.child_by_field_name("attribute") == each
            is_keyword = outer.type == "keyword_argument" and outer.child_by_field_name("name") == each
            is_new = outer.type in ("for_in_clause", "lambda_parameters") and outer.children[1:2] == [each]
            if not is_attribute and not is_keyword and not is_new:
                names.add(source[each.start_byte : each.end_byte])
    for clause in (each for each in walk(node) if each.type == "for_in_clause"):
        target = clause.child_by_field_name("left")
        names -= {source[each.start_byte : each.end_byte] for each in walk(target)} if target is not None else set()
    return Scrap(source[node.start_byte : node.end_byte], node.type, frozenset(names), node.start_byte)


def _note_call(
    source: bytes,
    node: Node,
    methods: Counter[bytes],
    wrappers: Counter[bytes],
    keywords: dict[bytes, Counter[bytes]],
    classes: Counter[bytes],
) -> None:
    callee, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if callee is None or arguments is None or arguments.type != "argument_list":
        return
    name = source[callee.start_byte : callee.end_byte]
    given = [each for each in arguments.named_children if each.type != "comment"]
    last = name.rpartition(b".")[2]
    for each in given:
        if each.type == "keyword_argument" and each.end_byte - each.start_byte < 40:
            keywords[last][source[each.start_byte : each.end_byte]] += 1
    if callee.type == "attribute" and not given:
        methods[last] += 1
    if len(given) == 1 and callee.type in ("identifier", "attribute") and len(name) <= 40:
        wrappers[name] += 1
    if name == b"isinstance" and len(given) == 2:
        kinds = given[1].named_children if given[1].type == "tuple" else given[1:]
        classes.update(source[each.start_byte : each.end_byte] for each in kinds)


def _note_definition(source: bytes, node: Node, names: Counter[bytes], keywords: dict[bytes, Counter[bytes]]) -> None:
    label = node.child_by_field_name("name")
    if label is None or not label.text:
        return
    if _is_outside(node):
        names[label.text] += 1
    if node.type == "class_definition":
        return
    parameters = node.child_by_field_name("parameters")
    for each in parameters.named_children if parameters is not None else ():
        name, value = each.child_by_field_name("name"), each.child_by_field_name("value")
        if name is not None and value is not None and name.text:
            default = source[value.start_byte : value.end_byte]
            other = {b"True": b"False", b"False": b"True"}.get(default, name.text)
            for given in (other, name.text):
                keywords[label.text][name.text + b"=" + given] += 1


def _is_outside(node: Node) -> bool:
    """Return whether a node stands in the module itself, at whatever depth of ifs and tries."""
    outer = node.parent
    while outer is not None and outer.type not in DEFINITIONS and outer.type != "lambda":
        outer = outer.parent
    return outer is None


def _bound(source: bytes, node: Node) -> list[bytes]:
    if node.type == "assignment" and (target := node.child_by_field_name("left")) is not None:
        return [source[each.start_byte : each.end_byte] for each in walk(target) if each.type == "identifier"]
    if node.type in ("import_statement", "import_from_statement"):
        module = node.child_by_field_name("module_name")
        named = [each for each in node.named_children if each != module]
        return [
            (each.child_by_field_name("alias") or each.named_children[0] if each.named_children else each).text or b""
            for each in named
        ]
    return []


def _common(one: bytes, other: bytes) -> int:
    length = min(len(one), len(other))
    front = next((index for index in range(length) if one[index] != other[index]), length)
    back = next((index for index in range(length - front) if one[-1 - index] != other[-1 - index]), length - front)
    return front + back
