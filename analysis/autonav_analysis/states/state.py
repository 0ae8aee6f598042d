"""A state: an immutable tree of files whose root is a function of its entries alone, however they came about.

No entry has entries below it: a folder that holds something is no entry, an empty one is. So a state and a folder
on disk say the same, and to add `a/b` to an empty folder `a` is one commit of `{a: None, a/b: entry}`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from autonav_analysis.states.entries import (
    HEADER,
    PARENT,
    Entry,
    check_path,
    pack,
    pack_parent,
    parent_of,
    unpack,
)
from autonav_analysis.states.nodes import EMPTY_NODE, Edit, Node, differing, find, key_of, read_node, records, update


@dataclass(frozen=True, eq=False, slots=True)
class State:
    """A tree of files; `top` is its topmost node, `length` how many entries it has. Equal when the roots are."""

    top: Node
    length: int

    @property
    def root(self) -> bytes:
        """The BLAKE3 that names the state, 32 bytes."""
        return self.top.digest

    def get(self, path: bytes) -> Entry | None:
        """Return the entry at a path, None for a folder that holds something."""
        record = find(self.top, key_of(path), path)
        return unpack(record) if record and record[0] != PARENT else None

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[tuple[bytes, Entry]]:
        """Yield paths with their entries, sorted by path."""
        for path, record in sorted(records(self.top)):
            if record[0] != PARENT:
                yield path, unpack(record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)


class Change(NamedTuple):
    """What stood at a path and what does now; None is nothing."""

    path: bytes
    before: Entry | None
    after: Entry | None


EMPTY = State(EMPTY_NODE, 0)


def build(entries: Mapping[bytes, Entry]) -> State:
    """Return the state of these entries; raise ValueError as `commit` does."""
    return commit(EMPTY, entries)


def put(state: State, path: bytes, entry: Entry) -> State:
    """Return the state with `entry` at `path`; raise ValueError as `commit` does."""
    return commit(state, {path: entry})


def delete(state: State, path: bytes) -> State:
    """Return the state with nothing at `path`, the same one when it has no entry there."""
    return commit(state, {path: None})


def commit(state: State, changes: Mapping[bytes, Entry | None]) -> State:
    """Return the state after all changes at once, None being no entry, with every shared node hashed once.

    Raises ValueError for what is no path or entry, and where afterwards an entry would have entries below it.
    """
    top, length = state.top, state.length
    edits: dict[bytes, Edit] = {}
    held: dict[bytes, int] = {}  # by folder, how many entries more it holds
    replaced: list[bytes] = []  # folders where an entry is to stand
    for path, entry in changes.items():
        key = key_of(path)
        before = find(top, key, path)
        is_entry = before is not None and before[0] != PARENT
        if entry is None:
            if is_entry:
                edits[path] = key, path, None
                folder = parent_of(path)
                held[folder] = held.get(folder, 0) - 1
                length -= 1
            continue
        record = pack(path, entry)
        if record == before:
            continue
        edits[path] = key, path, record
        if not is_entry:
            check_path(path)
            folder = parent_of(path)
            held[folder] = held.get(folder, 0) + 1
            length += 1
            if before is not None:
                replaced.append(path)
    if held:
        _edit_parents(top, edits, held, replaced)
    return State(update(top, list(edits.values())), length) if edits else state


def diff(old: State, new: State) -> list[Change]:
    """Return what changed, sorted by path; the cost is that of what changed."""
    found = ((path, _entry(before), _entry(after)) for path, before, after in differing(old.top, new.top))
    return sorted(Change(path, before, after) for path, before, after in found if before != after)


def load(root: bytes, fetch: Callable[[bytes], bytes]) -> State:
    """Return the state of a root; `fetch` returns the encoding of a node by its digest.

    Raises ValueError, naming the digest, when a node is damaged or none, and whatever `fetch` raises.
    """
    top = read_node(root, fetch)
    return State(top, sum(record[0] != PARENT for _, record in records(top)))


def _edit_parents(top: Node, edits: dict[bytes, Edit], held: dict[bytes, int], replaced: list[bytes]) -> None:
    """Add to `edits` the folders that appear, vanish or hold another number of entries, the deepest first."""
    levels: dict[int, dict[bytes, int]] = {}
    for folder, more in held.items():
        levels.setdefault(_level(folder), {})[folder] = more
    emptied: set[bytes] = set()
    for level in range(max(levels), 0, -1):
        above = levels.setdefault(level - 1, {})
        for folder, more in levels.get(level, {}).items():
            key = key_of(folder)
            before = find(top, key, folder)
            old = HEADER.unpack_from(before)[1] if before is not None and before[0] == PARENT else 0
            count = old + more
            if count:
                if edits[folder][2] is not None if folder in edits else before is not None and not old:
                    raise ValueError(f"{folder!r} cannot be an entry and hold entries")
                if more:
                    edits[folder] = key, folder, pack_parent(folder, count)
            elif old:
                emptied.add(folder)
                edits.setdefault(folder, (key, folder, None))
            if bool(count) != bool(old):
                outer = parent_of(folder)
                above[outer] = above.get(outer, 0) + (1 if count else -1)
    for path in replaced:
        if path not in emptied:
            raise ValueError(f"{path!r} cannot be an entry and hold entries")


def _level(folder: bytes) -> int:
    return folder.count(b"/") + 1 if folder else 0


def _entry(record: bytes | None) -> Entry | None:
    return unpack(record) if record is not None and record[0] != PARENT else None
