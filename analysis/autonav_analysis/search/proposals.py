"""From suspicious lines to proposals with priors: rewrites of the functions that those lines lie in."""

from collections.abc import Iterable, Mapping
from itertools import islice

from blake3 import blake3
from tree_sitter import Node, QueryCursor

from autonav_analysis import rewrites as registry
from autonav_analysis.rewrite import Rewrite, Site
from autonav_analysis.search.localisation import Line
from autonav_analysis.syntax.grammars import Grammar, language_for, load, parse
from autonav_protocol.collect import collect
from autonav_protocol.values.candidate import Edit, Proposal

PER_FAMILY = 400
"""How many proposals one rewrite may make in one function: quadratic families would flood the rest."""

BESIDE = 0.05
"""Suspicion of a line of a suspicious function that the failing test did not run."""


def proposals(sources: Mapping[str, bytes], suspicion: Mapping[Line, float]) -> list[Proposal]:
    """Return proposals for `{path: source}`; `prior` is not normalised.

    A prior is the rewrite's weight, times the suspicion of the line, over the size of the
    rewrite's family in its function: so each family gets its share however many edits it has.
    Of several ways to the same text the likeliest is kept. Whether a result parses is asked
    later, of those that are tried.
    """
    best: dict[tuple[str, bytes], Proposal] = {}
    for path, source in sources.items():
        language = language_for(path)
        if language is None:
            continue
        mine = [each for each in collect(registry, "REWRITE", Rewrite).values() if each.language == language.name]
        lines = {line: score for (file, line), score in suspicion.items() if file == path}
        for proposal in _of_file(path, source, load(language), mine, lines):
            result = blake3(apply(source, proposal.edits[0])).digest()
            known = best.get((path, result))
            if known is None or known.prior < proposal.prior:
                best[path, result] = proposal
    unchanged = {(path, blake3(source).digest()) for path, source in sources.items()}
    return [proposal for key, proposal in best.items() if key not in unchanged]


def apply(source: bytes, edit: Edit) -> bytes:
    """Return the source with one edit made."""
    return source[: edit.start_byte] + edit.text.encode("utf-8", "surrogateescape") + source[edit.end_byte :]


def still_parses(path: str, before: bytes, after: bytes) -> bool:
    """Return whether an edit left the syntax whole; a source that was broken before is taken as it is."""
    language = language_for(path)
    if language is None:
        return True
    grammar = load(language)
    trees = parse(grammar, after), parse(grammar, before)
    return trees[0] is not None and (
        not trees[0].root_node.has_error or bool(trees[1] and trees[1].root_node.has_error)
    )


def _of_file(
    path: str, source: bytes, grammar: Grammar, mine: Iterable[Rewrite], lines: Mapping[int, float]
) -> Iterable[Proposal]:
    tree = parse(grammar, source)
    if tree is None:
        return
    attributes = tuple(sorted(_attributes(tree.root_node)))
    for function in QueryCursor(grammar.query).captures(tree.root_node).get("fn", ()):
        first, last = function.start_point[0] + 1, function.end_point[0] + 1
        if not any(first <= line <= last for line in lines) or _inside_another(function, lines):
            continue
        site = Site(source, function, _names(function), attributes)
        for rewrite in mine:
            family = list(islice(rewrite.propose(site), PER_FAMILY))
            for replacement in family:
                line = source.count(b"\n", 0, replacement.start) + 1
                prior = rewrite.weight * (lines.get(line, 0.0) + BESIDE) / len(family)
                text = replacement.text.decode("utf-8", "surrogateescape")
                yield Proposal((Edit(path, replacement.start, replacement.end, text),), rewrite.name, line, prior)


def _inside_another(function: Node, lines: Mapping[int, float]) -> bool:
    """Return whether an enclosing function is rewritten as a whole anyway."""
    node = function.parent
    while node is not None:
        if node.type == function.type and any(
            node.start_point[0] + 1 <= line <= node.end_point[0] + 1 for line in lines
        ):
            return True
        node = node.parent
    return False


def _names(function: Node) -> tuple[bytes, ...]:
    """Return the names that a function binds, in order: parameters first, then assigned variables."""
    found: dict[bytes, None] = {}
    parameters = function.child_by_field_name("parameters")
    bound = [parameters] if parameters is not None else []
    for node in _walk(function):
        if node.type in ("assignment", "augmented_assignment", "for_statement", "for_in_clause", "named_expression"):
            target = node.child_by_field_name("left") or node.child_by_field_name("name")
            if target is not None and target.type in ("identifier", "pattern_list", "tuple_pattern"):
                bound.append(target)
    for node in bound:
        for each in _walk(node):
            is_default = each.parent is not None and each.parent.child_by_field_name("value") == each
            is_type = each.parent is not None and each.parent.type == "type"
            if each.type == "identifier" and each.text and not is_default and not is_type:
                found[each.text] = None
    return tuple(found)


def _attributes(root: Node) -> set[bytes]:
    return {
        name.text
        for node in _walk(root)
        if node.type == "attribute" and (name := node.child_by_field_name("attribute")) is not None and name.text
    }


def _walk(root: Node) -> Iterable[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))
