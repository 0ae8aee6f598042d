"""Ways in which tests were made to pass without right code: what finds each of them, by rule.

The diffs were written by those who wrote the rules, after public reports: they show which shapes are covered, not how
many of those that occur are found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from support.cheats import cheats, found_in


def rows() -> Iterator[str]:
    """Yield a row for each cheat, and one for each rule."""
    by_rule: dict[str, Counter[str]] = defaultdict(Counter)
    total = missed = 0
    for each in cheats():
        found = found_in(each)
        total, missed = total + 1, missed + (not found)
        for code, _, severity in (said.partition(" ") for said in found):
            by_rule[code][severity] += 1
        said = ", ".join(found) or f"not found: {each.why}"
        yield f"{each.language:<11}{each.name:<58}{said}"
    for code, severities in sorted(by_rule.items()):
        yield f"{code}: " + ", ".join(f"{number} {severity}" for severity, number in severities.most_common())
    yield f"{total - missed} of {total} found"
