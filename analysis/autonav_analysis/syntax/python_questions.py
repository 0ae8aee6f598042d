"""What a Python function could ask at a place: short questions about values that are bound there."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from tree_sitter import Node

from autonav_analysis.rewrite import Site
from autonav_analysis.syntax.python_nodes import walk
from autonav_analysis.syntax.python_scope import (
    BUILTINS,
    KEPT_FILES,
    own_attributes,
    own_kinds,
    scope,
    taken_in_turn,
    usable,
    words,
)

MOST_ASKED = 100
VALUES = frozenset(("identifier", "attribute", "subscript"))
_WORD = re.compile(rb"\w+")
_NAME = re.compile(rb"(?<![.\w])\w+")


def doubts(site: Site, node: Node, assigned: Node | None) -> tuple[bytes, ...]:
    """Return questions that an early exit before a statement may ask: about what was just assigned, else about its values.

    Where nothing stands before the statement, those about the parameters come first.
    """
    near = _near(site, assigned or node)
    if assigned is None and node.prev_named_sibling is None:
        near = (*(each for each in site.names[:4] if each in live(site, node)), *near)
    return _doubts(site, near, live(site, node))


@lru_cache(maxsize=256)
def _doubts(site: Site, near: tuple[bytes, ...], known: frozenset[bytes]) -> tuple[bytes, ...]:
    own = _nearest(site, known)[:6]
    values = list(dict.fromkeys((*near, *own, *own_attributes(site)[:6])))
    values = [value for value in values if value not in (b"self", b"cls")]
    near_words = frozenset(_WORD.findall(b" ".join(near)))
    rows = [
        [b"not " + value for value in values],
        sorted(usable(site, "conditions", 60)[:MOST_ASKED], key=lambda each: near_words.isdisjoint(words(each))),
        [value + b" is None" for value in values],
        _of_kind(b"not isinstance(", values[:4], own_kinds(site)[:8]),
        values,
        _of_kind(b"isinstance(", values[:4], own_kinds(site)[:8]),
        list(_adapted(site, [each for each in near if _WORD.fullmatch(each)][:3])),
    ]
    return _bound_only(site, rows, known)


def atoms(site: Site, node: Node | None = None) -> tuple[bytes, ...]:
    """Return short questions that the function could ask, those about the values of a node first."""
    if node is None:
        return _atoms(site, (), frozenset(site.names))
    return _atoms(site, _near(site, node), live(site, node))


@lru_cache(maxsize=256)
def _atoms(site: Site, near: tuple[bytes, ...], known: frozenset[bytes]) -> tuple[bytes, ...]:
    own = _nearest(site, known)[:10]
    values = list(dict.fromkeys((*near, *own, *own_attributes(site)[:10])))
    others = [value for value in values if value not in (b"self", b"cls")]
    near_words = frozenset(_WORD.findall(b" ".join(near)))
    asked = usable(site, "conditions", 60)[:MOST_ASKED]
    about = sorted(asked, key=lambda each: near_words.isdisjoint(words(each)))
    kinds = own_kinds(site)[:12]
    rows = [
        about,
        others,
        [b"not " + value for value in values],
        [value + b" is not None" for value in values],
        [value + b" is None" for value in values],
        _of_kind(b"isinstance(", others[:6], kinds),
        _of_kind(b"not isinstance(", others[:6], kinds),
        list(_adapted(site, [each for each in near if _WORD.fullmatch(each)][:3])),
        _having(site, near),
        [b"len(" + value + b")" for value in values[:6]],
        _memberships(values[:8], own_attributes(site)[:5]),
        _compared(others[:3], [*own[:4], *own_attributes(site)[:4]]),
        [value + joint + b"0" for value in others[:4] for joint in (b" > ", b" == ", b" < ")],
    ]
    return _bound_only(site, rows, known)


def live(site: Site, node: Node) -> frozenset[bytes]:
    """Return the names of the function that are written somewhere before a node."""
    return frozenset(name for name, first in _first_seen(site).items() if first < node.start_byte)


@lru_cache(maxsize=KEPT_FILES)
def _first_seen(site: Site) -> Mapping[bytes, int]:
    """Return where each name of the function is first written: before that it holds nothing."""
    found: dict[bytes, int] = {}
    for each in walk(site.function):
        if each.type == "identifier" and each.text:
            found.setdefault(each.text, each.start_byte)
    return {name: found[name] for name in site.names if name in found}


def nearest(site: Site, node: Node) -> list[bytes]:
    """Return the names that are written before a node, the first of them and the last in turn."""
    return _nearest(site, live(site, node))


def _nearest(site: Site, known: frozenset[bytes]) -> list[bytes]:
    names = [each for each in site.names if each in known]
    late = sorted(names, key=lambda each: -_first_seen(site).get(each, 0))
    return list(dict.fromkeys(taken_in_turn((names, late))))


def _near(site: Site, node: Node) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(_values(site.source, node)))


def is_bound(site: Site, node: Node, text: bytes) -> bool:
    """Return whether a piece of code uses no name of the function that is not bound before a node."""
    return (frozenset(site.names) - live(site, node)).isdisjoint(_names_in(text))


def _bound_only(site: Site, rows: Sequence[Iterable[bytes]], known: frozenset[bytes]) -> tuple[bytes, ...]:
    """Return questions, of each row in turn, that ask about nothing that is not bound yet."""
    later = frozenset(site.names) - known
    return tuple(dict.fromkeys(each for each in taken_in_turn(rows) if later.isdisjoint(_names_in(each))))


def _values(source: bytes, node: Node) -> Iterator[bytes]:
    for each in walk(node):
        outer = each.parent
        part = (
            outer is not None and outer.type in ("attribute", "keyword_argument", "call") and outer.children[-1] == each
        )
        called = outer is not None and outer.type == "call" and outer.children[0] == each
        if each.type in VALUES and not part and not called and each.end_byte - each.start_byte <= 40:
            yield source[each.start_byte : each.end_byte]


def _of_kind(ask: bytes, values: Sequence[bytes], kinds: Sequence[bytes]) -> list[bytes]:
    rows = [[ask + value + b", " + kind + b")" for kind in kinds] for value in values if value != b"self"]
    return list(taken_in_turn(rows))


def _adapted(site: Site, near: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the conditions of the file that ask about one variable, asked about those that stand near instead."""
    module = frozenset(scope(site).names) | BUILTINS
    made = set[bytes]()
    for scrap in scope(site).conditions:
        variables = scrap.names - module
        if len(variables) == 1 and len(scrap.text) <= 40:
            (variable,) = variables
            form = re.compile(rb"(?<![.\w])" + re.escape(variable) + rb"\b")
            for name in near:
                asked = form.sub(name, scrap.text)
                if asked not in made and name != variable:
                    made.add(asked)
                    yield asked


def _having(site: Site, near: Sequence[bytes]) -> list[bytes]:
    """Return whether the owners of attributes have them, those that stand near first."""
    dotted = dict.fromkeys((*near, *own_attributes(site)[:12]))
    pairs = (each.rpartition(b".") for each in dotted if b"." in each)
    return [b"hasattr(" + owner + b", '" + name + b"')" for owner, _, name in pairs if _WORD.fullmatch(name)]


def _memberships(values: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    pairs = [(value, other) for value in values for other in (*values, *others) if value != other]
    return [value + joint + other for value, other in pairs for joint in (b" in ", b" not in ")]


def _compared(values: Sequence[bytes], others: Sequence[bytes]) -> list[bytes]:
    """Return whether one of some values and one of others are the same, or of the same length."""
    pairs = [(one, other) for other in others for one in values if one != other and other not in (b"self", b"cls")]
    joints = (b" == ", b" != ", b" is not ", b" > ", b" < ")
    rows = [[b"len(" + one + b") != len(" + other + b")" for one, other in pairs]]
    rows += [[one + joint + other for one, other in pairs] for joint in joints]
    return list(taken_in_turn(rows))


@lru_cache(maxsize=8192)
def _names_in(text: bytes) -> frozenset[bytes]:
    """Return the words of a text that are no attribute's."""
    return frozenset(_NAME.findall(text))
