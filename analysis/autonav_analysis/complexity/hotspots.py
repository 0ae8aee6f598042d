"""Ranking files by how often they change and how hard they are to follow."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from autonav_analysis.complexity.percentiles import percentile
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_protocol.values.hotspot import Hotspot


class Churn(NamedTuple):
    """Commits that touched a file, and lines they added and removed."""

    commits: int
    lines: int


def hotspots(functions: Iterable[FunctionComplexity], churn: Mapping[str, Churn]) -> tuple[Hotspot, ...]:
    """Return the files that were changed and cost something to follow, the worst first."""
    by_path: dict[str, list[FunctionComplexity]] = defaultdict(list)
    for each in functions:
        by_path[each.path].append(each)
    # Own values: an inner function is there by itself, and would count twice.
    totals = {path: sum(each.own_cognitive for each in found) for path, found in by_path.items()}
    complexities = sorted(totals.values())
    commits = sorted(churn[path].commits if path in churn else 0 for path in by_path)
    found: list[Hotspot] = []
    for path, total in totals.items():
        changed = churn.get(path)
        if changed is None or not total:
            continue
        worst = max(by_path[path], key=lambda each: each.own_cognitive)
        score = percentile(changed.commits, commits) * percentile(total, complexities)
        found.append(
            Hotspot(
                path,
                round(score, 4),
                changed.commits,
                changed.lines,
                total,
                worst.name,
                worst.own_cognitive,
                worst.line,
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.score, -each.cognitive, each.path)))
