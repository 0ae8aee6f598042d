"""Suspicion of the lines of an edited text, from that of the text before."""

from collections.abc import Mapping

from autonav_analysis.search.localisation import Line


def moved(
    suspicion: Mapping[Line, float], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> dict[Line, float]:
    """Return suspicion by the lines of `after`: lines below what changed move with it, changed ones keep their number."""
    found: dict[Line, float] = {}
    shifts = {path: _shift(before[path], after[path]) for path in after if before.get(path) != after[path]}
    for (path, line), score in suspicion.items():
        first, by = shifts.get(path, (0, 0))
        found[path, max(first, line + by) if line > first else line] = score
    return found


def _shift(before: bytes, after: bytes) -> tuple[int, int]:
    """Return the last 1-based line before the first change, and by how many lines what follows the changes moved."""
    old, new = before.split(b"\n"), after.split(b"\n")
    same = next((index for index, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(old))
    return same, len(new) - len(old)
