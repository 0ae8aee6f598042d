"""What became of a change, by the text that stands there later and not by line numbers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Verdict = Literal["kept", "reverted", "rewritten"]
START, END = "\0start", "\0end"
"""What stands for the edges of a file among its lines."""

HEADER = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


@dataclass(frozen=True)
class Hunk:
    """Lines that were removed and added in one place, and the line above and below it, none where the file ends."""

    above: tuple[str, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    below: tuple[str, ...]


def hunks(diff: str) -> dict[str, tuple[Hunk, ...]]:
    """Return the hunks of a unified diff by the paths they lead to."""
    found: dict[str, list[Hunk]] = {}
    path, lines = "", diff.split("\n")
    at = 0
    while at < len(lines):
        if lines[at].startswith("+++ "):
            path = lines[at].removeprefix("+++ ").removeprefix("b/").split("\t")[0]
        at += 1
        if header := HEADER.match(lines[at - 1]):
            old, new = (int(each) if each else 1 for each in header.groups())
            start = at
            while at < len(lines) and (old > 0 or new > 0):
                old -= lines[at][:1] in (" ", "-", "")
                new -= lines[at][:1] in (" ", "+", "")
                at += 1
            found.setdefault(path, []).extend(_runs([each for each in lines[start:at] if not each.startswith("\\")]))
    return {path: tuple(each) for path, each in found.items()}


def verdict(changed: Mapping[str, Sequence[Hunk]], texts: Mapping[str, str]) -> Verdict:
    """Return what the texts say of a change: `kept` where what each hunk added stands there together, `reverted` where
    what it replaced is back, `rewritten` where neither is so of all. A file that is gone has no text.
    """
    said: set[Verdict] = {_of_hunk(hunk, texts.get(path)) for path, each in changed.items() for hunk in each}
    return said.pop() if len(said) == 1 else "rewritten"


def _of_hunk(hunk: Hunk, text: str | None) -> Verdict:
    """Judge by the neighbours first: a short line may well stand somewhere else too."""
    if text is None:
        return "rewritten"
    lines = _block([START, *(each.rstrip() for each in text.splitlines()), END])
    sides: dict[Verdict, tuple[str, ...]] = {"kept": hunk.added, "reverted": hunk.removed}
    for side, each in sides.items():
        if _block([*(hunk.above or [START]), *each, *(hunk.below or [END])]) in lines:
            return side
    alone: list[Verdict] = [side for side, each in sides.items() if each and _block(each) in lines]
    return alone[0] if alone else "rewritten"


def _runs(lines: Sequence[str]) -> Iterator[Hunk]:
    """Yield each run of changed lines of a hunk with its neighbours."""
    runs = [(changes, list(each)) for changes, each in groupby(lines, key=lambda line: line[:1] in ("+", "-"))]
    for at, (changes, run) in enumerate(runs):
        if changes:
            above = runs[at - 1][1][-1:] if at else []
            below = runs[at + 1][1][:1] if at + 1 < len(runs) else []
            yield Hunk(_texts(above), _texts(run, "-"), _texts(run, "+"), _texts(below))


def _texts(lines: Sequence[str], sign: str = "") -> tuple[str, ...]:
    return tuple(each[1:].rstrip() for each in lines if each.startswith(sign))


def _block(lines: Sequence[str]) -> str:
    return "\n" + "".join(f"{each}\n" for each in lines)
