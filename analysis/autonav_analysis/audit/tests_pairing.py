"""The tests of a whole change, before with after: the same, moved or renamed; what is gone, and what is new."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from autonav_analysis.audit.lines import removed_lines
from autonav_analysis.audit.paths import is_test
from autonav_analysis.audit.tests import TestFile, TestText, read_tests
from autonav_analysis.audit.tests_values import Definition, Kind
from autonav_protocol.values.audit import Audit, AuditedFile

ALIKE, UNCOLLECTED = 0.5, 0.7
"""Share of words that two tests have in common: to be one that was renamed, to be one that is a test no more."""

MOST_COMPARED = 300
WORD = re.compile(rb"\w+")
NAME = re.compile(r"[A-Za-z_]\w{2,}")
LONG_NAME = re.compile(rb"[A-Za-z_]\w{3,}")
OF_ASSERTIONS = re.compile(r"(debug_)?assert|expect|should|check_|test_|toBe|toEqual|toHave|Errorf?$|Fatalf?$|raises$")


class How(StrEnum):
    """How a test after is the one before: by file and name, by name alone, by its words; or it is no test but helps."""

    SAME = "same"
    MOVED = "moved"
    RENAMED = "renamed"
    HELPER = "helper"


@dataclass(frozen=True, slots=True)
class Placed:
    """A definition and its file."""

    file: AuditedFile
    language: str
    definition: Definition


@dataclass(frozen=True, slots=True)
class Pair:
    """One test, or helper of tests, before and after; its text differs."""

    before: Placed
    after: Placed
    how: How

    @property
    def net(self) -> int:
        """How many assertions it gained."""
        return len(self.after.definition.assertions) - len(self.before.definition.assertions)


@dataclass(frozen=True)
class TestChanges:
    """What became of the tests of a change. `appeared` counts assertions, by text, that are new somewhere.

    `vanished` are the names that sources no longer say, `functions` maps those of functions that changed or are new
    to their place, `uncollected` a test that is gone to the function that it became. `files` are all that were read.
    """

    __test__ = False  # the name is the domain's; pytest must not collect it

    files: tuple[tuple[AuditedFile, TestFile], ...]
    pairs: tuple[Pair, ...]
    gone: tuple[Placed, ...]
    fresh: tuple[Placed, ...]
    uncollected: Mapping[tuple[str, str], Placed]
    appeared: Counter[str]
    vanished: frozenset[str]
    functions: Mapping[str, tuple[str, int]]
    source_changed: bool

    def lost_subject(self, text: str) -> bool:
        """Return whether a text speaks of what is no longer there."""
        return not self.vanished.isdisjoint(NAME.findall(text))


def changes_of_tests(audit: Audit) -> TestChanges:
    """Return what became of the tests of a change; worked out once for all rules."""
    return _changes(audit.files)


@lru_cache(1)
def _changes(audited: tuple[AuditedFile, ...]) -> TestChanges:
    read = ((file, read_tests(file)) for file in audited)
    files = tuple((file, tests) for file, tests in read if tests is not None)
    same, gone, fresh = _by_name(files)
    moved, gone, fresh = _moved(gone, fresh)
    renamed, gone, fresh = _renamed(gone, fresh)
    pairs = (*same, *moved, *renamed)
    helpers = tuple(_new(files, Kind.HELPER, Kind.FUNCTION))
    names_before = {name for file, tests in files for name in _names(file, tests.before)}
    names_after = {name for file, tests in files for name in _names(file, tests.after)}
    return TestChanges(
        files=files,
        pairs=pairs,
        gone=gone,
        fresh=fresh,
        uncollected=_uncollected(gone, helpers),
        appeared=_appeared(pairs, (*fresh, *(each for each in helpers if each.definition.kind is Kind.HELPER))),
        vanished=frozenset(names_before - names_after) | _vanished(files),
        functions=_functions(files),
        source_changed=any(_is_source_changed(file, tests) for file, tests in files),
    )


def _by_name(files: tuple[tuple[AuditedFile, TestFile], ...]) -> tuple[list[Pair], list[Placed], list[Placed]]:
    pairs, gone, fresh = [], [], []
    for file, tests in files:
        for each in tests.before.of(Kind.TEST, Kind.HELPER):
            before = Placed(file, tests.language, each)
            after = tests.after.definitions.get(each.qualified)
            if after is not None and after.kind is each.kind:
                how = How.SAME if each.kind is Kind.TEST else How.HELPER
                if after.text != each.text:
                    pairs.append(Pair(before, Placed(file, tests.language, after), how))
            elif each.kind is Kind.TEST:
                gone.append(before)
        for each in tests.after.of(Kind.TEST):
            was = tests.before.definitions.get(each.qualified)
            if was is None or was.kind is not Kind.TEST:
                fresh.append(Placed(file, tests.language, each))
    return pairs, gone, fresh


def _moved(gone: list[Placed], fresh: list[Placed]) -> tuple[list[Pair], list[Placed], list[Placed]]:
    """Pair by name alone, by the likeness of their words where several have it."""
    by_name: dict[str, list[Placed]] = defaultdict(list)
    for each in fresh:
        by_name[each.definition.name].append(each)
    pairs, left = [], []
    for each in gone:
        found = by_name[each.definition.name]
        if not found:
            left.append(each)
            continue
        best = max(found, key=lambda one: _likeness(_words(one), _words(each))) if len(found) > 1 else found[0]
        found.remove(best)
        pairs.append(Pair(each, best, How.MOVED))
    return pairs, left, [each for found in by_name.values() for each in found]


def _renamed(gone: list[Placed], fresh: list[Placed]) -> tuple[list[Pair], tuple[Placed, ...], tuple[Placed, ...]]:
    candidates = [(each, _words(each)) for each in fresh[:MOST_COMPARED]] if gone else []
    pairs, left = [], []
    for each in gone[:MOST_COMPARED]:
        size, words = len(each.definition.text), _words(each)
        near = [pair for pair in candidates if 0.4 < len(pair[0].definition.text) / max(1, size) < 2.5]
        likely = [(_likeness(words, known), one) for one, known in near]
        share, best = max(likely, key=lambda pair: pair[0], default=(0.0, each))
        if share >= ALIKE:
            pairs.append(Pair(each, best, How.RENAMED))
            candidates = [pair for pair in candidates if pair[0] is not best]
        else:
            left.append(each)
    taken = {id(pair.after) for pair in pairs}
    return pairs, (*left, *gone[MOST_COMPARED:]), tuple(each for each in fresh if id(each) not in taken)


def _uncollected(gone: tuple[Placed, ...], functions: tuple[Placed, ...]) -> Mapping[tuple[str, str], Placed]:
    words = [(each, _words(each, named=False)) for each in functions] if gone else []
    found = {}
    for each in gone[:MOST_COMPARED]:
        own = _words(each, named=False)
        became = next((one for one, known in words if _likeness(own, known) >= UNCOLLECTED), None)
        if became is not None:
            found[each.file.path, each.definition.qualified] = became
    return found


def _new(files: tuple[tuple[AuditedFile, TestFile], ...], *kinds: Kind) -> Iterator[Placed]:
    for file, tests in files:
        for each in tests.after.of(*kinds):
            was = tests.before.definitions.get(each.qualified)
            if was is None or was.kind is not each.kind:
                yield Placed(file, tests.language, each)


def _appeared(pairs: tuple[Pair, ...], fresh: tuple[Placed, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for pair in pairs:
        before, after = (Counter(a.text for a in each.definition.assertions) for each in (pair.before, pair.after))
        found += after - before
    return found + Counter(one.text for each in fresh for one in each.definition.assertions)


def _vanished(files: tuple[tuple[AuditedFile, TestFile], ...]) -> frozenset[str]:
    """Return the names on removed lines of sources that no touched source says any more."""
    sources = [(file, tests) for file, tests in files if not is_test(file.path)]
    removed = {name for each in sources for line in _removed_code(*each) for name in LONG_NAME.findall(line)}
    kept = {name for file, _ in sources for name in LONG_NAME.findall(file.after or b"")} if removed else set()
    said = (each.decode("utf-8", "replace") for each in removed - kept)
    return frozenset(each for each in said if not OF_ASSERTIONS.match(each))


def _removed_code(file: AuditedFile, tests: TestFile) -> Iterator[bytes]:
    """Yield the removed lines of a source, those of tests inside of it left out."""
    inside = [(each.line, each.end_line) for each in tests.before.of(Kind.TEST, Kind.HELPER)]
    for number, line in removed_lines(file):
        if not any(first <= number <= last for first, last in inside):
            yield line


def _is_source_changed(file: AuditedFile, tests: TestFile) -> bool:
    """Return whether code that is no test changed; Rust keeps tests beside it."""
    if is_test(file.path):
        return False
    sides = (tests.before, tests.after)
    return tests.language != "rust" or any(each.text for side in sides for each in side.of(Kind.FUNCTION))


def _functions(files: tuple[tuple[AuditedFile, TestFile], ...]) -> Mapping[str, tuple[str, int]]:
    """Return the functions and classes of sources that changed or are new, by name: path and 1-based line."""
    found = {}
    for file, tests in files:
        for each in tests.after.of(Kind.FUNCTION, Kind.SUITE) if not is_test(file.path) else ():
            if each.text:  # it differs
                found.setdefault(each.name, (file.path, each.line))
    return found


def _names(file: AuditedFile, text: TestText) -> Iterator[str]:
    """Yield the names of functions, and of the classes of sources."""
    kinds = (Kind.FUNCTION, Kind.HELPER) if is_test(file.path) else (Kind.FUNCTION, Kind.HELPER, Kind.SUITE)
    return (each.name for each in text.of(*kinds))


def _words(placed: Placed, *, named: bool = True) -> Counter[bytes]:
    words = Counter(WORD.findall(placed.definition.text))
    return words if named else words - Counter([placed.definition.name.encode()])


def _likeness(one: Counter[bytes], other: Counter[bytes]) -> float:
    total = (one | other).total()
    return (one & other).total() / total if total else 0.0
