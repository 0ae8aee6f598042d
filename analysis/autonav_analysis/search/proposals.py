"""From suspicious lines to proposals with priors: rewrites of the functions that those lines lie in."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from blake3 import blake3
from tree_sitter import Node, QueryCursor, Tree

from autonav_analysis import brace_rewrites, rewrites
from autonav_analysis.rewrite import Replacement, Rewrite, Site
from autonav_analysis.search.localisation import Line
from autonav_analysis.syntax.braces import bound_names, member_names
from autonav_analysis.syntax.grammars import Grammar, language_for, load, parse
from autonav_analysis.syntax.python_nodes import walk
from autonav_protocol.collect import collect
from autonav_protocol.values.candidate import Edit, Proposal

PER_FAMILY = 1000
"""The most proposals that any rewrite may make in one function: quadratic families would flood the rest."""

PER_SPREAD = 100
"""How many of a rewrite's proposals are made at all equal places of the function as well."""

SHARPNESS = 2
"""Suspicion counts by this power: a line twice as suspected comes long before."""

CROWDING = 0.25
"""A rewrite's weight is divided by this power of how many edits it makes in a function: the few are likelier each."""

LONGEST_SPREAD = 200
"""Bytes of the longest text that is replaced at all its places."""

BESIDE = 0.05
"""Suspicion of a line of a suspicious function that the failing test did not run."""


class Passage(NamedTuple):
    """What is rewritten as one: a function with suspected lines, or what stands outside of the functions of a file.

    `begin` and `end` are the bytes, in whole lines, between which all of its edits change something; `first` is the
    1-based line there. A line that `lines` does not have is suspected by `beside`.
    """

    path: str
    site: Site
    begin: int
    end: int
    first: int
    lines: Mapping[int, float]
    beside: float
    rewrites: tuple[Rewrite, ...]

    def key(self) -> object:
        """Return what two passages have in common that say the same, wherever in a file they stand."""
        text, kind = self.site.source[self.begin : self.end], self.site.function.type
        return self.path, text, kind, tuple((line - self.first, score) for line, score in self.lines.items())


def proposals(
    sources: Mapping[str, bytes], suspicion: Mapping[Line, float], weights: Mapping[str, float] | None = None
) -> list[Proposal]:
    """Return proposals for `{path: source}`; `prior` is not normalised, and `weights` are factors by rewrite."""
    places = (each for path, source in sources.items() for each in passages(path, source, suspicion, weights or {}))
    return [proposal for passage in places for proposal in proposed(passage)]


def proposed(passage: Passage) -> Sequence[Proposal]:
    """Return the proposals for a passage.

    A prior is the rewrite's weight, times the suspicion of the line squared, divided by the place of the edit among
    those that the rewrite makes at the line: so each family is tried first with its best edits at each suspected
    line, however many it has. Those with few in the function come before those with many.
    Of several ways to the same text the likeliest is kept. Whether a result parses is asked
    later, of those that are tried.
    """
    best: dict[bytes, Proposal] = {}
    source = passage.site.source
    for proposal in _of_site(passage):
        edit = proposal.edits[0]
        text = edit.text.encode("utf-8", "surrogateescape")
        if text == source[edit.start_byte : edit.end_byte]:
            continue
        result = blake3(source[passage.begin : edit.start_byte] + text + source[edit.end_byte : passage.end]).digest()
        known = best.get(result)
        if known is None or known.prior < proposal.prior:
            best[result] = proposal
    return list(best.values())


def passages(
    path: str, source: bytes, suspicion: Mapping[Line, float], weights: Mapping[str, float]
) -> Iterator[Passage]:
    """Yield the passages of a file, those of functions first; none where its language is unknown or it cannot be read."""
    language = language_for(path)
    lines = {line: score for (file, line), score in suspicion.items() if file == path}
    tree = parse(load(language), source) if language is not None and lines else None
    if language is None or tree is None:
        return
    mine = [_weighted(each, weights) for each in all_rewrites() if language.name in (each.language, *each.also)]
    forms, name = language.forms, language.name
    attributes = tuple(sorted(member_names(tree.root_node, forms) if forms else _attributes(tree.root_node)))
    for function in _suspected(load(language), tree, lines):
        first, last = function.start_point[0] + 1, function.end_point[0] + 1
        begin, end = source.rfind(b"\n", 0, function.start_byte) + 1, source.find(b"\n", function.end_byte) + 1
        names = bound_names(function, forms) if forms else _names(function)
        site = Site(source, function, names, attributes, name)
        inside = {line: score for line, score in lines.items() if first <= line <= last}
        yield Passage(path, site, begin, end or len(source), first, inside, BESIDE, tuple(mine))
    outside = tuple(rewrite for rewrite in mine if rewrite.outside)
    module = Site(source, tree.root_node, (), attributes, name)
    yield Passage(path, module, 0, len(source), 1, lines, BESIDE * max(lines.values()), outside)


def all_rewrites() -> Sequence[Rewrite]:
    """Return the rewrites of all languages; those of the same idea have one name, title and weight."""
    return [each for folder in (rewrites, brace_rewrites) for each in collect(folder, "REWRITE", Rewrite).values()]


def apply(source: bytes, edit: Edit) -> bytes:
    """Return the source with one edit made."""
    return source[: edit.start_byte] + edit.text.encode("utf-8", "surrogateescape") + source[edit.end_byte :]


def still_parses(path: str, before: bytes, after: bytes) -> bool:
    """Return whether an edit left the syntax whole; a source that was broken before is taken as it is."""
    language = language_for(path)
    if language is None:
        return True
    grammar = load(language)
    tree = parse(grammar, after)
    if tree is None or not tree.root_node.has_error:
        return tree is not None
    broken = parse(grammar, before)
    return broken is not None and broken.root_node.has_error


def _weighted(rewrite: Rewrite, weights: Mapping[str, float]) -> Rewrite:
    factor = weights.get(rewrite.name, 1.0)
    return rewrite if factor == 1.0 else replace(rewrite, weight=factor * rewrite.weight)


def _suspected(grammar: Grammar, tree: Tree, lines: Mapping[int, float]) -> Iterator[Node]:
    """Yield the functions that have a suspected line, those inside another such function left out."""
    captured = QueryCursor(grammar.query).captures(tree.root_node)
    functions = dict.fromkeys(captured.get("fn", ()))
    for function in captured.get("without.fn", ()):
        functions.pop(function, None)
    for function in sorted(functions, key=lambda node: node.start_byte):
        first, last = function.start_point[0] + 1, function.end_point[0] + 1
        if any(first <= line <= last for line in lines) and not _inside_another(function, functions, lines):
            yield function


def _of_site(passage: Passage) -> Iterator[Proposal]:
    site, lines = passage.site, passage.lines
    places = _places(site)
    starts = [0, *(found.end() for found in re.finditer(rb"\n", site.source))]
    last = site.function.end_point[0] + 1
    for rewrite in passage.rewrites:
        family = list(dict.fromkeys(islice(rewrite.propose(site), min(rewrite.cap, PER_FAMILY))))
        spread = list(islice(_spread(site, places, family), PER_SPREAD)) if rewrite.everywhere else []
        for group in (family, spread):
            made, weight = Counter[int](), rewrite.weight / max(1, len(group)) ** CROWDING
            for start, end, text in group:
                line = min(bisect_right(starts, start), last)
                made[line] += 1
                prior = weight * (lines.get(line, 0.0) + passage.beside) ** SHARPNESS / made[line]
                edit = Edit(passage.path, start, end, text.decode("utf-8", "surrogateescape"))
                yield Proposal((edit,), rewrite.name, line, prior)


def _places(site: Site) -> dict[tuple[str, bytes], list[Node]]:
    """Return the nodes that stand in the function more than once, by type and text."""
    found: dict[tuple[str, bytes], list[Node]] = {}
    for node in walk(site.function):
        parent = node.parent
        is_target = parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") == node
        if node.is_named and not is_target and node.end_byte - node.start_byte < LONGEST_SPREAD:
            found.setdefault((node.type, site.source[node.start_byte : node.end_byte]), []).append(node)
    return {key: nodes for key, nodes in found.items() if len(nodes) > 1}


def _spread(
    site: Site, places: Mapping[tuple[str, bytes], list[Node]], family: Iterable[Replacement]
) -> Iterable[Replacement]:
    """Yield the replacements of what stands in the function more than once, made at all its places at once."""
    at_span = {(node.start_byte, node.end_byte): nodes for nodes in places.values() for node in nodes}
    made = set[tuple[bytes, bytes]]()
    for start, end, text in family:
        old = site.source[start:end]
        equal = at_span.get((start, end), ())
        if not equal or (old, text) in made:
            continue
        made.add((old, text))
        out, at = b"", equal[0].start_byte
        for node in equal:
            if node.start_byte >= at:
                out += site.source[at : node.start_byte] + text
                at = node.end_byte
        yield Replacement(equal[0].start_byte, at, out)


def _inside_another(function: Node, functions: Collection[Node], lines: Mapping[int, float]) -> bool:
    """Return whether an enclosing function is rewritten as a whole anyway."""
    node = function.parent
    while node is not None:
        if node in functions and any(node.start_point[0] + 1 <= line <= node.end_point[0] + 1 for line in lines):
            return True
        node = node.parent
    return False


def _names(function: Node) -> tuple[bytes, ...]:
    """Return the names that a function binds, in order: parameters first, then assigned variables."""
    found: dict[bytes, None] = {}
    parameters = function.child_by_field_name("parameters")
    bound = [parameters] if parameters is not None else []
    for node in walk(function):
        if node.type == "as_pattern_target":
            bound.append(node)
        if node.type in ("assignment", "augmented_assignment", "for_statement", "for_in_clause", "named_expression"):
            target = node.child_by_field_name("left") or node.child_by_field_name("name")
            if target is not None and target.type in ("identifier", "pattern_list", "tuple_pattern"):
                bound.append(target)
    for node in bound:
        for each in walk(node):
            is_default = each.parent is not None and each.parent.child_by_field_name("value") == each
            is_type = each.parent is not None and each.parent.type == "type"
            if each.type == "identifier" and each.text and not is_default and not is_type:
                found[each.text] = None
    return tuple(found)


def _attributes(root: Node) -> set[bytes]:
    return {
        name.text
        for node in walk(root)
        if node.type == "attribute" and (name := node.child_by_field_name("attribute")) is not None and name.text
    }
