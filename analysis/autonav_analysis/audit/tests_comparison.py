"""What became of each assertion of a test: kept, guarded, weakened, with another expectation, or removed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from autonav_analysis.audit.tests_values import UNCOUNTED, Assertion, Definition, Strength

LIKELY = 0.4
"""Share of words that two assertions have in common to be one that was rewritten."""

PLAIN = frozenset(("None", "True", "False"))
WORD = re.compile(r"\w+")
LITERAL = re.compile(r"[\"'\d`]|\b(true|false|True|False|None|null|nil)\b")
CHECKS_ERROR = re.compile(
    r"^fails if err [!=]= nil|^(NoError|Error|NotNil|Nil|EqualError|ErrorIs|ErrorContains|ErrorAs) (err|gotErr)"
)
"""Assertions of Go about the error alone: functions gain and lose one often."""


class Became(StrEnum):
    """What became of an assertion."""

    GUARDED = "guarded"
    WEAKENED = "weakened"
    EXPECTED = "expected"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One assertion before, what became of it, and the one after, None where it is gone.

    `certain` says that both are about the same subject, and not only alike; of one that is removed, that nothing
    says it may be made as often as before: the same text elsewhere in the test, or rows that cannot be counted.
    """

    became: Became
    before: Assertion
    after: Assertion | None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the assertions of one test that did not stay.

    `expectations_alone` says that nothing but expectations differs between both texts, `raises_exactly` that it
    has come to say what message an exception carries.
    """

    differences: tuple[Difference, ...]
    expectations_alone: bool
    raises_exactly: bool

    def of(self, *became: Became) -> list[Difference]:
        """Return those that became one of these."""
        return [each for each in self.differences if each.became in became]


@lru_cache(1024)
def compare(before: Definition, after: Definition) -> Comparison:
    """Return what became of the assertions of a test; at most as many are removed as it has fewer.

    One that is given more rows than before makes each assertion once for each, and may expect what a row says.
    """
    old, new = before.assertions, after.assertions
    removed, added = _without(old, new), _without(new, old)
    pairs, left = _paired(removed, added)
    rows_gained = max(1, (after.rows or 1) // (before.rows or 1))
    given_rows = not before.rows and bool(after.rows)
    fewer = max(0, len(old) - len(new) * rows_gained)
    left = [each for each in left if not _branch_merged(each, new) and not _joined(each, removed, added)]
    strongest = sorted(left, key=lambda each: -each.strength)[:fewer]
    repeated = {each.text for each in (old if given_rows and after.rows == UNCOUNTED else new)}
    found = [
        *(each for each in _guarded(old, new) if not (given_rows and _is_for_some_rows(each.after, new))),
        *_weakened_in_place(old, new),
        *(
            difference
            for pair in pairs
            if (difference := _difference(*pair)) is not None and not (given_rows and _is_of_a_row(difference))
        ),
        *(Difference(Became.REMOVED, each, None, each.text not in repeated) for each in strongest),
    ]
    exactly = any(each.kind == "raises" and each.strength is Strength.EXACT for each in added)
    return Comparison(tuple(found), _same_but_for_expectations(before, after, pairs), exactly)


def _without(some: Sequence[Assertion], others: Sequence[Assertion]) -> list[Assertion]:
    """Return those whose text the others do not have, as often as they have it."""
    extra = Counter(each.text for each in some) - Counter(each.text for each in others)
    kept = []
    for each in reversed(some):
        if extra[each.text] > 0:
            extra[each.text] -= 1
            kept.append(each)
    return kept[::-1]


def _guarded(old: Sequence[Assertion], new: Sequence[Assertion]) -> Iterator[Difference]:
    """Yield the assertions that stayed and now may be passed over, or may fail without being noticed."""
    first, least = _first(old), _least_depths(old)
    for text, depth in _least_depths(new).items():
        now = _first(new)[text]
        if depth > least.get(text, depth) and not now.by_environment:
            yield Difference(Became.GUARDED, first[text], now)


def _weakened_in_place(old: Sequence[Assertion], new: Sequence[Assertion]) -> Iterator[Difference]:
    """Yield the assertions that say the same and demand less, such as one that is no longer awaited."""
    first, strengths = _first(old), {each.text: each.strength for each in old}
    for text, each in _first(new).items():
        if each.strength < strengths.get(text, each.strength):
            yield Difference(Became.WEAKENED, first[text], each)


def _first(assertions: Iterable[Assertion]) -> dict[str, Assertion]:
    return {each.text: each for each in reversed(tuple(assertions))}


def _least_depths(assertions: Iterable[Assertion]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in assertions:
        found[each.text] = min(each.depth, found.get(each.text, each.depth))
    return found


def _branch_merged(removed: Assertion, new: Sequence[Assertion]) -> bool:
    """Return whether an assertion stood under a condition and one as strong about its subject is left.

    It is left under another where both were for some machines.
    """
    return any(
        each.subject == removed.subject
        and each.strength >= removed.strength
        and (each.depth < removed.depth or (removed.by_environment and each.by_environment))
        for each in new
    )


def _joined(gone: Assertion, removed: Sequence[Assertion], added: Sequence[Assertion]) -> bool:
    """Return whether several assertions about one subject gave way to one that demands more, of it or of the like."""
    several = any(each is not gone and each.subject == gone.subject for each in removed)
    called, is_call, _ = gone.subject.partition(" (")
    return several and any(
        each.strength > gone.strength
        and (each.subject == gone.subject or (bool(is_call) and each.subject.startswith(f"{called} (")))
        for each in added
    )


def _is_for_some_rows(guarded: Assertion | None, new: Sequence[Assertion]) -> bool:
    """Return whether the same is asserted of the rows for which a condition passes an assertion over."""
    return guarded is not None and any(
        each.subject == guarded.subject
        and each.text != guarded.text
        and each.depth == guarded.depth
        and each.strength >= guarded.strength
        for each in new
    )


def _is_of_a_row(difference: Difference) -> bool:
    """Return whether what was written beside an assertion is now taken from a row."""
    after = difference.after
    return difference.became is Became.EXPECTED and after is not None and not LITERAL.search(after.expected)


Paired = tuple[Assertion, Assertion, bool]


def _paired(removed: list[Assertion], added: list[Assertion]) -> tuple[list[Paired], list[Assertion]]:
    """Pair assertions by subject, by one subject within the other, by a long expectation, last by their words."""
    rest, pairs, unpaired = list(added), [], []
    for each in removed:
        match = next((one for one in rest if _same_subject(each, one)), None)
        match = match or next((one for one in rest if _subject_within(each, one)), None)
        match = match or next((one for one in rest if _same_expectation(each, one)), None)
        if match is None:
            unpaired.append(each)
        else:
            rest.remove(match)
            pairs.append((each, match, True))
    left = []
    for each in unpaired:
        words = Counter(WORD.findall(each.text))
        likely = [(_likeness(words, Counter(WORD.findall(one.text))), at) for at, one in enumerate(rest)]
        share, at = max(likely, default=(0.0, 0))
        if share >= LIKELY:
            pairs.append((each, rest.pop(at), False))
        else:
            left.append(each)
    return pairs, left


def _same_subject(one: Assertion, other: Assertion) -> bool:
    return bool(other.subject) and one.subject == other.subject


def _subject_within(one: Assertion, other: Assertion) -> bool:
    if len(one.subject) <= 3:
        return False
    return one.subject in other.text or (len(other.subject) > 3 and other.subject in one.text)


def _same_expectation(one: Assertion, other: Assertion) -> bool:
    return len(one.expected) > 6 and one.expected not in PLAIN and one.expected == other.expected


def _difference(before: Assertion, after: Assertion, certain: bool) -> Difference | None:
    if CHECKS_ERROR.match(before.text) and CHECKS_ERROR.match(after.text):
        return None
    same_kind = before.kind == after.kind
    lets_more_pass = (
        same_kind
        and before.tolerance is not None
        and after.tolerance is not None
        and after.tolerance > before.tolerance
    )
    if after.strength < before.strength or lets_more_pass or (after.kind == "or" != before.kind):
        return Difference(Became.WEAKENED, before, after, certain)
    if not same_kind or before.subject != after.subject or before.expected == after.expected:
        return None
    if before.kind == "helper":
        return Difference(Became.EXPECTED, before, after, certain) if _last_differs(before, after) else None
    if before.strength >= Strength.PARTIAL and _literal_differs(before, after):
        return Difference(Became.EXPECTED, before, after, certain)
    return None


def _literal_differs(before: Assertion, after: Assertion) -> bool:
    said = set(before.expected.split()) ^ set(after.expected.split())
    return bool(LITERAL.search(" ".join(said))) or '"' in before.expected


def _last_differs(before: Assertion, after: Assertion) -> bool:
    """Return whether all arguments of a helper but the last are the same."""
    one, other = before.expected.rsplit(" , ", 1), after.expected.rsplit(" , ", 1)
    return len(one) == 2 and len(other) == 2 and one[0] == other[0]


def _same_but_for_expectations(before: Definition, after: Definition, pairs: Iterable[Paired]) -> bool:
    one, other = (re.sub(r"\s+", "", each.text.decode("utf-8", "replace")) for each in (before, after))
    for was, now, _ in pairs:
        if was.expected and now.expected:
            one = one.replace(was.expected.replace(" ", ""), "\0")
            other = other.replace(now.expected.replace(" ", ""), "\0")
    return one == other


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    total = (one | other).total()
    return (one & other).total() / total if total else 0.0
