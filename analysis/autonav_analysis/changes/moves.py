"""Hunks that only move definitions, within a file or across the files of a change."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from autonav_analysis.audit.paths import is_test
from autonav_analysis.audit.trees import tree_of
from autonav_analysis.changes.flattening import flattened
from autonav_analysis.syntax.grammars import Grammar, GrammarUnavailable, language_for, load
from autonav_analysis.syntax.names import ANONYMOUS
from autonav_analysis.syntax.symbols import MODULE, symbols
from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.change import Hunk

Key = tuple[str, bool, str, tuple[str, ...], bytes]


class _Definition(NamedTuple):
    """Where a definition lies, 1-based and inclusive, and what it is: language, test or not, name, place, text."""

    line: int
    end_line: int
    key: Key


def moved(files: Sequence[AuditedFile], known: Collection[tuple[str, Hunk]]) -> Iterator[tuple[str, Hunk]]:
    """Yield the hunks, by path, whose lines all belong to definitions that the change holds as often as before."""
    waiting = _likely(files, known)
    sides = {file.path: (_definitions(file, file.before), _definitions(file, file.after)) for file, _ in waiting}
    was = Counter(each.key for old, _ in sides.values() for each in old)
    now = Counter(each.key for _, new in sides.values() for each in new)
    same = {key for key, count in was.items() if now[key] == count}
    for file, hunks in waiting:
        old, new = sides[file.path]
        places = [[each for each in side if each.key in same] for side in (old, new)]
        for hunk in hunks:
            removed = _tokens_in(file, file.before, hunk.old_line, hunk.old_count, places[0])
            added = _tokens_in(file, file.after, hunk.new_line, hunk.new_count, places[1])
            if removed is not None and added is not None and removed + added > 0:
                yield file.path, hunk


def _likely(
    files: Sequence[AuditedFile], known: Collection[tuple[str, Hunk]]
) -> list[tuple[AuditedFile, tuple[Hunk, ...]]]:
    """Return the hunks all of whose lines the change takes out at one place and puts in at another."""
    removed: Counter[bytes] = Counter()
    added: Counter[bytes] = Counter()
    lines: dict[tuple[str, Hunk], tuple[list[bytes], list[bytes]]] = {}
    for file in files:
        if language_for(file.path) is None:
            continue
        old, new = (file.before or b"").split(b"\n"), (file.after or b"").split(b"\n")
        for hunk in file.change.hunks:
            if (file.path, hunk) in known:
                continue
            was, now = _lines(old, hunk.old_line, hunk.old_count), _lines(new, hunk.new_line, hunk.new_count)
            lines[file.path, hunk] = was, now
            removed.update(was)
            added.update(now)
    likely = {
        key
        for key, (was, now) in lines.items()
        if all(added[each] for each in was) and all(removed[each] for each in now)
    }
    chosen = ((file, tuple(each for each in file.change.hunks if (file.path, each) in likely)) for file in files)
    return [(file, hunks) for file, hunks in chosen if hunks]


def _lines(lines: list[bytes], line: int, count: int) -> list[bytes]:
    found = (each.strip() for each in lines[line - 1 : line - 1 + count]) if count else ()
    return [each for each in found if each and not each.startswith((b"import ", b"from ", b"use ", b"#include"))]


def _definitions(file: AuditedFile, text: bytes | None) -> list[_Definition]:
    language, tree = language_for(file.path), tree_of(file.path, text)
    if language is None or text is None or tree is None or tree.root_node.has_error:
        return []
    try:
        grammar: Grammar = load(language)
    except GrammarUnavailable:
        return []
    found: list[_Definition] = []
    for symbol in symbols(grammar, text):
        if symbol.name == MODULE or ANONYMOUS in symbol.name:
            continue
        node, around = tree.root_node.descendant_for_byte_range(symbol.start, symbol.end), list[str]()
        while node is not None:
            around.append(node.type)
            node = node.parent
        body = b"\n".join(line.rstrip() for line in text[symbol.start : symbol.end].split(b"\n"))
        key = language.name, is_test(file.path), symbol.name, tuple(around), body
        found.append(_Definition(symbol.line, symbol.end_line, key))
    return found


def _tokens_in(
    file: AuditedFile, text: bytes | None, line: int, count: int, places: Iterable[_Definition]
) -> int | None:
    """Return how many tokens some lines hold of these definitions; None where they hold any other but imports."""
    if not count:
        return 0
    language, tree = language_for(file.path), tree_of(file.path, text)
    if language is None or tree is None or tree.root_node.has_error:
        return None
    [flat] = flattened(language.name, tree, [(line - 1, line - 1 + count)])
    rows = [(each.line - 1, each.end_line - 1) for each in places]
    nodes = [token.node for token in flat.tokens if not token.imported]
    inside = [any(first <= node.start_point[0] and node.end_point[0] <= last for first, last in rows) for node in nodes]
    return len(inside) if all(inside) else None
