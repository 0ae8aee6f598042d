"""Which changed files serve what a task names: by path, by symbol, by what they import and by what they test."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autonav_analysis.audit.deliverables import Named, names_path, names_symbol
from autonav_analysis.audit.facts import facts_of
from autonav_analysis.audit.imports import last_word, module_name, reaches_path
from autonav_analysis.audit.lines import added_lines, removed_lines
from autonav_analysis.audit.paths import is_test
from autonav_analysis.syntax.grammars import GrammarUnavailable, language_for, load
from autonav_analysis.syntax.symbols import touched
from autonav_protocol.values.audit import AuditedFile

STEM = re.compile(r"^(test_|spec_)|([._-](test|tests|spec))$", re.IGNORECASE)


class Trace(NamedTuple):
    """The paths of the changed files that serve what is named, and of those that are tied to any other changed one."""

    served: frozenset[str]
    tied: frozenset[str]


def trace(files: Sequence[AuditedFile], wanted: Named) -> Trace:
    """Return which files serve one of the named paths or symbols, and which are tied to others at all.

    Both are empty where not one file serves by itself: what was named is not to be found in this change.
    """
    served = {file.path for file in files if serves(file, wanted)} if wanted else set()
    if not served:
        return Trace(frozenset(), frozenset())
    ties = _ties(files)
    waiting = sorted(served)
    while waiting:
        new = ties.get(waiting.pop(), set()) - served
        served |= new
        waiting += new
    return Trace(frozenset(served), frozenset(path for path, others in ties.items() if others - {path}))


def serves(file: AuditedFile, wanted: Named) -> bool:
    """Return whether a file is named itself, or touches a named symbol."""
    if names_path(wanted.paths, file.path):
        return True
    return bool(wanted.symbols) and (_mentions(file, wanted) or names_symbol(wanted.symbols, touched_symbols(file)))


def touched_symbols(file: AuditedFile) -> tuple[str, ...]:
    """Return the symbols that a change touches, none where the language is not known."""
    language = language_for(file.path)
    if language is None:
        return ()
    try:
        return tuple(name for name, _ in touched(load(language), file.before or b"", file.after or b""))
    except GrammarUnavailable:
        return ()


def _mentions(file: AuditedFile, wanted: Named) -> bool:
    words = {each.rpartition(".")[2].encode() for each in wanted.symbols}
    lines = (line for which in (added_lines, removed_lines) for _, line in which(file))
    return any(words & set(re.findall(rb"\w+", line)) for line in lines)


def _ties(files: Sequence[AuditedFile]) -> Mapping[str, set[str]]:
    """Return for each file those that it imports, that import it, that test it or that it tests."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for file in files:
        by_name[module_name(file.path)].append(file.path)
    by_stem: dict[str, list[str]] = defaultdict(list)
    for file in files:
        by_stem[_stem(file.path)].append(file.path)
    ties: dict[str, set[str]] = defaultdict(set)
    packages: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if file.path.endswith(".go"):  # a package is one folder
            packages[file.path.rpartition("/")[0]].append(file.path)
        imports = facts_of(file).imports
        asked = {path for each in imports for path in by_name.get(last_word(each), ())}
        near = {path for path in asked if reaches_path(imports, path)}
        if is_test(file.path):
            near.update(by_stem[_stem(file.path)])
        for path in near:
            ties[file.path].add(path)
            ties[path].add(file.path)
    for first, *others in packages.values():
        ties[first].update(others)
        for path in others:
            ties[path].add(first)
    return ties


def _stem(path: str) -> str:
    return STEM.sub("", path.rpartition("/")[2].partition(".")[0]).lower()
