"""How the functions of changed files compare with what they were."""

from collections.abc import Iterable, Iterator

from autonav_analysis.syntax.names import ANONYMOUS
from autonav_protocol.values.complexity import ComplexityChange, FunctionComplexity


def growth(before: Iterable[FunctionComplexity], after: Iterable[FunctionComplexity]) -> Iterator[ComplexityChange]:
    """Yield each named function of `after` beside what it was, by path and name, else by name where it moved.

    Functions without a name are left out: which is which cannot be told.
    """
    was: dict[tuple[str, str], int] = {}
    moved: dict[str, int] = {}
    for each in before:
        was[each.path, each.name] = max(each.cognitive, was.get((each.path, each.name), 0))
        moved[each.name] = max(each.cognitive, moved.get(each.name, 0))
    for each in after:
        if ANONYMOUS not in each.name:
            known = was.get((each.path, each.name), moved.get(each.name))
            yield ComplexityChange(each.path, each.name, each.line, each.end_line, known, each.cognitive)
