"""Lowering the cognitive complexity of one Python function, as a conversation: ask for sources, tell which hold.

No effects, no clock and no chance: the same conversation gives the same result.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from tree_sitter import Node

from autonav_analysis import simplifications as registry
from autonav_analysis.complexity.measure import measure
from autonav_analysis.rewrite import Site
from autonav_analysis.simplification import NEEDS_CHECK, Change, Proof, Simplification, changed
from autonav_analysis.syntax.grammars import Grammar, languages, load, parse
from autonav_analysis.syntax.python_bindings import walk
from autonav_analysis.syntax.python_layout import with_comments
from autonav_protocol.collect import collect
from autonav_protocol.values.complexity import FunctionComplexity

HELPER, PARAMETER, LINE = 3.0, 0.25, 0.02
"""What a function that is added, a parameter of it and a changed line weigh against one of complexity."""

FLOOR, SLACK, PATIENCE, LIMIT = 0.5, 1.0, 40, 200
"""The least gain worth a change, how much worse than the best is gone on from, and when a search ends."""


class Step(NamedTuple):
    """A simplification made at a line of the source it was made on."""

    simplification: str
    title: str
    proof: Proof
    line: int
    helper: str = ""


class Candidate(NamedTuple):
    """The whole source after steps, the complexity of the function and what was made from it, and its score."""

    source: bytes
    steps: tuple[Step, ...]
    complexity: int
    score: float


class Simplified(NamedTuple):
    """What came of it; without steps nothing was worth it.

    `before` and `after` are complexities of the function and all functions made from it, `own` that of the function
    alone. `suggest_only` says that a step is not equivalent by construction: tests that hold are no proof of it.
    """

    source: bytes
    before: int
    after: int
    own: int
    steps: tuple[Step, ...]
    helpers: tuple[str, ...]
    suggest_only: bool
    asked: int


class Target(NamedTuple):
    """A function of a file: its dotted name, which of those of that name it is, and the bytes it may change."""

    name: str
    which: int
    start: int
    end: int
    bound: tuple[bytes, ...]


@dataclass
class Simplifying:
    """A search under way. `outstanding` is asked and not told; `best` is what was told to hold and scores best."""

    source: bytes
    target: Target
    root: Candidate
    best: Candidate
    constructed_only: bool
    asked: int = 0
    since_best: int = 0
    waiting: list[tuple[float, int, Candidate]] = field(default_factory=list)
    outstanding: dict[bytes, Candidate] = field(default_factory=dict)
    seen: set[bytes] = field(default_factory=set)


def steps(source: bytes, function: str | int) -> tuple[Candidate, ...]:
    """Return what one step can make of a function, the best first.

    The function is given by its name, dotted where needed, or by a line in it. Where there is none, or its syntax
    is broken, nothing is returned.
    """
    simplifying = _started(source, function)
    if simplifying is None:
        return ()
    found = _expanded(simplifying, simplifying.root)
    return tuple(sorted(found, key=lambda each: each.score))


def begin(source: bytes, function: str | int, *, constructed_only: bool = False) -> Simplifying | None:
    """Return a search from a source that holds, None where there is no such function or its syntax is broken.

    `constructed_only` keeps to what is equivalent by construction.
    """
    simplifying = _started(source, function, constructed_only)
    if simplifying is not None:
        _push(simplifying, simplifying.root)
    return simplifying


def ask(simplifying: Simplifying, count: int = 1) -> list[bytes]:
    """Return up to `count` whole sources whose tests are to be run, the most promising first.

    Fewer come back where others must be told first; none, with nothing outstanding, at the end.
    """
    asked: list[bytes] = []
    while len(asked) < count and simplifying.waiting and simplifying.since_best < PATIENCE:
        _, _, candidate = heapq.heappop(simplifying.waiting)
        if candidate.score < simplifying.best.score + SLACK:
            simplifying.asked += 1
            simplifying.outstanding[candidate.source] = candidate
            asked.append(candidate.source)
    return asked


def tell(simplifying: Simplifying, source: bytes, holds: bool) -> None:
    """Take in whether a source that was asked about holds; only from those that do the search goes on."""
    candidate = simplifying.outstanding.pop(source, None)
    if candidate is None:
        return
    simplifying.since_best += 1
    if not holds:
        return
    if candidate.score < simplifying.best.score:
        simplifying.best, simplifying.since_best = candidate, 0
    _push(simplifying, candidate)


def outcome(simplifying: Simplifying) -> Simplified:
    """Return the best found so far, or the source as it was where that gains less than it is worth."""
    root, best = simplifying.root, simplifying.best
    if root.score - best.score < FLOOR:
        best = root
    helpers = _helpers(best)
    piece = _piece(simplifying, best)
    measured = _measured(piece, simplifying.target, helpers) or ()
    return Simplified(
        source=best.source,
        before=root.complexity,
        after=best.complexity,
        own=measured[0].cognitive if measured else root.complexity,
        steps=best.steps,
        helpers=helpers,
        suggest_only=any(each.proof == NEEDS_CHECK for each in best.steps),
        asked=simplifying.asked,
    )


def simplified(
    source: bytes,
    function: str | int,
    accept: Callable[[bytes], bool] | None = None,
    limit: int = LIMIT,
    *,
    constructed_only: bool = False,
) -> Simplified | None:
    """Return a function simplified as far as `accept` holds the sources to be good, all of them where it is None.

    None where there is no such function. `limit` is how many sources may be asked about.
    """
    simplifying = begin(source, function, constructed_only=constructed_only)
    if simplifying is None:
        return None
    while simplifying.asked < limit and (asked := ask(simplifying)):
        tell(simplifying, asked[0], accept is None or accept(asked[0]))
    return outcome(simplifying)


def _started(source: bytes, function: str | int, constructed_only: bool = False) -> Simplifying | None:
    target = _target(source, function)
    if target is None:
        return None
    measured = _measured(source[target.start : target.end], target, ())
    if measured is None:
        return None
    root = Candidate(
        source, (), sum(each.cognitive for each in measured), float(sum(each.cognitive for each in measured))
    )
    return Simplifying(source, target, root, root, constructed_only, seen={source})


def _push(simplifying: Simplifying, candidate: Candidate) -> None:
    for each in _expanded(simplifying, candidate):
        simplifying.seen.add(each.source)
        heapq.heappush(simplifying.waiting, (each.score, len(simplifying.seen), each))


def _expanded(simplifying: Simplifying, candidate: Candidate) -> list[Candidate]:
    """Return what one step makes of a candidate: never more complex, and seen for the first time."""
    target, piece, helpers = simplifying.target, _piece(simplifying, candidate), _helpers(candidate)
    before, after = simplifying.source[: target.start], simplifying.source[target.end :]
    old = simplifying.source[target.start : target.end]
    found: dict[bytes, Candidate] = {}
    for made, change in _changes(piece, target, helpers, simplifying.constructed_only):
        new = changed(piece, change)
        source = before + new + after
        if source in simplifying.seen or source in found:
            continue
        now = (*helpers, change.helper) if change.helper else helpers
        measured = _measured(new, target, now)
        if measured is None or (total := sum(each.cognitive for each in measured)) > candidate.complexity:
            continue
        added = sum(HELPER + PARAMETER * each.parameters for each in measured[1:])
        line = before.count(b"\n") + piece.count(b"\n", 0, change.replacements[-1].start) + 1
        step = Step(made.name, made.title, made.proof, line, change.helper)
        score = total + added + LINE * _lines_changed(old, new)
        found[source] = Candidate(source, (*candidate.steps, step), total, score)
    return list(found.values())


def _changes(
    piece: bytes, target: Target, helpers: tuple[str, ...], constructed_only: bool
) -> Iterator[tuple[Simplification, Change]]:
    tree = parse(_python(), piece)
    for function in _chosen(tree.root_node, piece, target, helpers):
        site = Site(piece, function, target.bound, ())
        for each in _simplifications():
            if not (constructed_only and each.proof == NEEDS_CHECK):
                for change in each.propose(site):
                    yield each, change


def _chosen(root: Node, piece: bytes, target: Target, helpers: tuple[str, ...]) -> list[Node]:
    """Return the nodes of the target and its helpers."""
    measured = _measured(piece, target, helpers) or ()
    spans = {(each.start_byte, each.end_byte) for each in measured}
    return [n for n in walk(root) if n.type == "function_definition" and (n.start_byte, n.end_byte) in spans]


def _measured(piece: bytes, target: Target, helpers: tuple[str, ...]) -> tuple[FunctionComplexity, ...] | None:
    """Return the measures of the target, then those of its helpers, None where the syntax is broken."""
    tree = parse(_python(), piece)
    if tree.root_node.has_error:
        return None
    found = measure("", piece, _python(), tree, increments=False)
    named = [each for each in found if each.name == target.name]
    made = tuple(each for each in found if each.name in helpers)
    return (named[target.which], *made) if target.which < len(named) and len(made) == len(helpers) else None


def _target(source: bytes, function: str | int) -> Target | None:
    tree = parse(_python(), source)
    if b"\r" in source:  # lines that are put in end as most do
        return None
    found = measure("", source, _python(), tree, increments=False)
    if isinstance(function, int):
        meant = [each for each in found if each.line <= function <= each.end_line][-1:]
    else:
        meant = [each for each in found if each.name == function]
        meant = meant or [each for each in found if each.name.endswith("." + function)]
    if not meant:
        return None
    start_byte, name = meant[0].start_byte, meant[0].name
    for home in tree.root_node.children:
        if home.start_byte <= start_byte < home.end_byte and not home.has_error:
            # What a file begins with is about the file.
            start = with_comments(source, home) or source.rfind(b"\n", 0, home.start_byte) + 1
            end = source.find(b"\n", home.end_byte)
            inside = [each for each in found if each.name == name and start <= each.start_byte < start_byte]
            return Target(name, len(inside), start, end + 1 or len(source), _bound(tree.root_node))
    return None


def _bound(root: Node) -> tuple[bytes, ...]:
    """Return the names that a file binds anywhere; a star that imports any name binds those that matter here."""
    found: dict[bytes, None] = {}
    for node in walk(root):
        if node.type == "wildcard_import":
            found |= dict.fromkeys((b"any", b"all", b"bool"))
        if node.type == "identifier" and node.parent is not None and _binds(node.parent, node):
            found[node.text or b""] = None
    return tuple(found)


def _binds(parent: Node, node: Node) -> bool:
    if parent.type == "keyword_argument":
        return False
    if parent.child_by_field_name("name") == node or parent.child_by_field_name("left") == node:
        return parent.type not in ("binary_operator", "boolean_operator")
    return "parameter" in parent.type or "pattern" in parent.type or parent.type in (
        "dotted_name", "aliased_import", "global_statement", "as_pattern_target",
    )  # fmt: skip


def _piece(simplifying: Simplifying, candidate: Candidate) -> bytes:
    behind = len(simplifying.source) - simplifying.target.end
    return candidate.source[simplifying.target.start : len(candidate.source) - behind]


def _helpers(candidate: Candidate) -> tuple[str, ...]:
    return tuple(each.helper for each in candidate.steps if each.helper)


def _lines_changed(old: bytes, new: bytes) -> int:
    """Return how many lines are gone or new, those that only moved left out."""
    one, other = (Counter(line.strip() for line in each.splitlines()) for each in (old, new))
    return (one - other).total() + (other - one).total()


@cache
def _python() -> Grammar:
    return load(languages()["python"])


@cache
def _simplifications() -> tuple[Simplification, ...]:
    return tuple(collect(registry, "SIMPLIFICATION", Simplification).values())
