"""Three-way merges of states, path by path; contents are never looked into."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from autonav_analysis.states.entries import FOLDER, Entry, parent_of
from autonav_analysis.states.state import State, commit, diff

Entries = dict[bytes, Entry | None]


class Conflict(NamedTuple):
    """A path that the sides changed in different ways, or that one made a file and the other a folder."""

    path: bytes
    base: Entry | None
    ours: Entry | None
    theirs: Entry | None


@dataclass(frozen=True)
class Merged:
    """A merge: a conflict's path is as in ours, a change of one side is taken. Conflicts are sorted by path."""

    state: State
    conflicts: tuple[Conflict, ...]


def merge(base: State, ours: State, theirs: State) -> Merged:
    """Return `ours` with what `theirs` changed since `base`.

    Where one side has an entry and the other has new entries below it, all of these are in conflict;
    but an empty folder of one side gives way to what the other put into it.
    """
    mine: Entries = {change.path: change.after for change in diff(base, ours)}
    other: Entries = {change.path: change.after for change in diff(base, theirs)}
    different = {path for path in mine.keys() & other.keys() if mine[path] != other[path]}
    filled, clashing = _clashes(mine, other, different)
    conflicting = different | clashing
    taken: Entries = {
        path: after for path, after in other.items() if path not in mine and path not in conflicting | filled
    }
    taken |= dict.fromkeys(filled & mine.keys())
    conflicts = [Conflict(path, base.get(path), ours.get(path), theirs.get(path)) for path in sorted(conflicting)]
    return Merged(commit(ours, taken), tuple(conflicts))


def _clashes(mine: Entries, other: Entries, different: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Return the empty folders of one side that the other filled, and the paths that cannot stand beside each other.

    Only what a side put can clash: all else of it stood in the base, and the other side had to remove it.
    """
    filled: set[bytes] = set()
    clashing: set[bytes] = set()
    for upper, lower in ((mine, other), (other, mine)):
        for path in _present(lower):
            folder = parent_of(path)
            while folder:
                above = upper.get(folder)
                if above is not None:
                    if above.kind == FOLDER and folder not in different:
                        filled.add(folder)
                    else:
                        clashing |= {folder, path}
                folder = parent_of(folder)
    return filled, clashing


def _present(entries: Mapping[bytes, Entry | None]) -> Iterable[bytes]:
    return (path for path, after in entries.items() if after is not None)
