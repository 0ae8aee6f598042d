"""Which hunks of a change are equal by syntax tree, or nothing but imports, renames and moves.

A hunk is compared by what its lines hold, token by token, with each token's place in the tree. So nothing outside of
the changed lines is flattened, and a file that does not parse, before or after, has no mechanical hunk.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from tree_sitter import Tree

from autonav_analysis.audit.paths import categories, is_test
from autonav_analysis.audit.trees import tree_of
from autonav_analysis.changes.flattening import Flat, Rows, flattened
from autonav_analysis.changes.moves import moved
from autonav_analysis.changes.renames import Renaming, renamed, renaming_of
from autonav_analysis.syntax.grammars import language_for
from autonav_protocol.values.audit import AuditedFile
from autonav_protocol.values.change import Hunk
from autonav_protocol.values.review import Mechanical

Classes = Mapping[tuple[str, Hunk], Mechanical]


def mechanical(files: Sequence[AuditedFile]) -> Classes:
    """Return the class of each hunk that has one, by path and hunk."""
    found: dict[tuple[str, Hunk], Mechanical] = {}
    candidates: dict[tuple[str, Hunk], Renaming] = {}
    for file in files:
        classes, renamings = _of_file(file)
        found.update({(file.path, hunk): each for hunk, each in classes.items()})
        candidates.update({(file.path, hunk): each for hunk, each in renamings.items()})
    texts = {file.path: (file.before or b"", file.after or b"") for file in files}
    for key in renamed(candidates, texts):
        found.setdefault(key, Mechanical.RENAME)
    for key in (*_moved_files(files), *moved(files, found.keys())):
        found.setdefault(key, Mechanical.MOVE)
    return found


def _of_file(file: AuditedFile) -> tuple[Mapping[Hunk, Mechanical], Mapping[Hunk, Renaming]]:
    """Return the classes that one file proves by itself, and the hunks in which names alone differ."""
    language = language_for(file.path)
    if language is None or file.before is None or file.after is None:
        return {}, {}
    old, new = tree_of(file.path, file.before), tree_of(file.path, file.after)
    if old is None or new is None or old.root_node.has_error or new.root_node.has_error:
        return {}, {}
    hunks = file.change.hunks
    before = flattened(language.name, old, [old_rows(each) for each in hunks])
    after = flattened(language.name, new, [new_rows(each) for each in hunks])
    classes: dict[Hunk, Mechanical] = {}
    renamings: dict[Hunk, Renaming] = {}
    for hunk, was, now in zip(hunks, before, after, strict=True):
        if same := _class_of(was, now):
            classes[hunk] = same
        if same in (None, Mechanical.IMPORTS) and (renaming := renaming_of(language, file.path, was, now)):
            renamings[hunk] = renaming
    for group in _runs([each for each in hunks if each not in classes], old, new):
        spans = _span([old_rows(each) for each in group]), _span([new_rows(each) for each in group])
        [was], [now] = flattened(language.name, old, spans[:1]), flattened(language.name, new, spans[1:])
        same = _class_of(was, now)
        if same is not None and same is not Mechanical.IMPORTS:
            classes.update(dict.fromkeys(group, same))
    return classes, renamings


def old_rows(hunk: Hunk) -> Rows:
    """Return the rows of the old text that a hunk removes, none after that line where it only adds."""
    first = hunk.old_line - 1 if hunk.old_count else hunk.old_line
    return first, first + hunk.old_count


def new_rows(hunk: Hunk) -> Rows:
    """Return the rows of the new text that a hunk adds."""
    first = hunk.new_line - 1 if hunk.new_count else hunk.new_line
    return first, first + hunk.new_count


def _class_of(was: Flat, now: Flat) -> Mechanical | None:
    places = [[(each.text, each.place) for each in side.tokens] for side in (was, now)]
    if places[0] == places[1]:
        return Mechanical.FORMATTING if was.comments == now.comments else Mechanical.COMMENTS
    tokens = [*was.tokens, *now.tokens]
    return Mechanical.IMPORTS if all(each.imported for each in tokens) else None


def _runs(hunks: Sequence[Hunk], old: Tree, new: Tree) -> list[list[Hunk]]:
    """Return the runs of two hunks or more that lie in one statement of the top: one may close what another opened."""
    ends = [[each.end_point[0] for each in tree.root_node.children] for tree in (old, new)]
    groups: dict[tuple[int, int], list[Hunk]] = {}
    for hunk in hunks:
        rows = old_rows(hunk)[0], new_rows(hunk)[0]
        groups.setdefault((bisect_left(ends[0], rows[0]), bisect_left(ends[1], rows[1])), []).append(hunk)
    return [group for group in groups.values() if len(group) > 1]


def _span(rows: Sequence[Rows]) -> Rows:
    return rows[0][0], rows[-1][1]


def _moved_files(files: Sequence[AuditedFile]) -> list[tuple[str, Hunk]]:
    """Return the hunks of files that only lie elsewhere now, as long as their names mean the same."""
    gone: dict[bytes, list[AuditedFile]] = {}
    come: dict[bytes, list[AuditedFile]] = {}
    for file in files:
        if language_for(file.path) is not None and file.before != file.after:
            if file.after is None and file.before:
                gone.setdefault(file.before, []).append(file)
            elif file.before is None and file.after:
                come.setdefault(file.after, []).append(file)
    pairs = [(olds[0], come[text][0]) for text, olds in gone.items() if len(olds) == 1 and len(come.get(text, ())) == 1]
    return [
        (side.path, hunk)
        for old, new in pairs
        if language_for(old.path) is language_for(new.path)
        and is_test(old.path) == is_test(new.path)
        and categories(old.path) == categories(new.path)
        for side in (old, new)
        for hunk in side.change.hunks
    ]
