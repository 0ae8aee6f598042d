"""The nodes of a state: a 16-ary trie over the BLAKE3 of paths, with small buckets of records as leaves.

The trie is a function of its set of records: a node with at most `LIMIT` of them is a bucket. A node's digest is the
BLAKE3 of its encoding. Unlike a tree of folders it is as deep in a folder of 50,000 files as in 5,000 folders.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from blake3 import blake3

from autonav_analysis.states.entries import records_in

LIMIT = 24
"""The most records in a bucket: with 16 a tree of 50,000 has a level more in places, with 32 hashing is slower."""

INNER, BUCKET = b"\1", b"\2"
"""First byte of an encoding; 16 digests follow, or records sorted by path."""


class Inner(NamedTuple):
    """A node of 16 children, chosen by the low half of a byte of the key, and its encoding."""

    digest: bytes
    size: int
    children: "tuple[Node, ...]"
    data: bytes


class Bucket(NamedTuple):
    """A leaf: records by path, sorted."""

    digest: bytes
    size: int
    records: dict[bytes, bytes]


Node: TypeAlias = Inner | Bucket

Edit = tuple[bytes, bytes, bytes | None]
"""Key of a path, the path, and its record from now on."""

EMPTY_NODE = Bucket(blake3(BUCKET).digest(), 0, {})


def key_of(path: bytes) -> bytes:
    """Return where a path has its place in a trie, 32 bytes."""
    return blake3(path).digest()


def find(node: Node, key: bytes, path: bytes) -> bytes | None:
    """Return the record of a path."""
    depth = 0
    while isinstance(node, Inner):
        node = node.children[key[depth] & 15]
        depth += 1
    return node.records.get(path)


def update(node: Node, edits: list[Edit], depth: int = 0) -> Node:
    """Return the node after all edits, with every node on their ways hashed once."""
    if isinstance(node, Bucket):
        return _update_bucket(node, edits, depth)
    size, data = node.size, bytearray(node.data)
    children = list(node.children)
    for slot, group in _grouped(edits, depth):
        old = children[slot]
        children[slot] = new = update(old, group, depth + 1)
        size += new.size - old.size
        data[1 + 32 * slot : 33 + 32 * slot] = new.digest
    if size <= LIMIT:
        return _bucket({path: record for child in children for path, record in records(child)})
    return _inner(bytes(data), size, tuple(children))


def records(node: Node) -> Iterator[tuple[bytes, bytes]]:
    """Yield every path with its record, in no order."""
    if isinstance(node, Bucket):
        yield from node.records.items()
    else:
        for child in node.children:
            yield from records(child)


def differing(old: Node, new: Node) -> Iterator[tuple[bytes, bytes | None, bytes | None]]:
    """Yield the paths whose records differ, with both; the cost is that of the nodes that differ."""
    if old.digest == new.digest:
        return
    if isinstance(old, Inner) and isinstance(new, Inner):
        for before, after in zip(old.children, new.children, strict=True):
            yield from differing(before, after)
        return
    # The larger one has at most as many records more than a bucket as were changed.
    before, after = dict(records(old)), dict(records(new))
    for path, record in before.items():
        if after.get(path) != record:
            yield path, record, after.get(path)
    for path in after.keys() - before.keys():
        yield path, None, after[path]


def encode(node: Node) -> bytes:
    """Return the bytes whose BLAKE3 is the node's digest."""
    return node.data if isinstance(node, Inner) else BUCKET + b"".join(node.records.values())


def read_node(digest: bytes, fetch: Callable[[bytes], bytes]) -> Node:
    """Return the node with everything below it; raise ValueError, naming the digest, for other bytes than were hashed."""
    if digest == EMPTY_NODE.digest:
        return EMPTY_NODE
    data = fetch(digest)
    if blake3(data).digest() != digest:
        raise ValueError(f"node {digest.hex()} is damaged")
    below, found = decode(data, digest)
    if not below:
        return Bucket(digest, len(found), found)
    children = tuple(read_node(each, fetch) for each in below)
    return Inner(digest, sum(child.size for child in children), children, data)


def decode(data: bytes, digest: bytes) -> tuple[list[bytes], dict[bytes, bytes]]:
    """Return the digests of the children, none for a bucket, and the records by path; raise ValueError for no node."""
    try:
        if data[:1] == INNER and len(data) == 1 + 16 * 32:
            return [data[at : at + 32] for at in range(1, len(data), 32)], {}
        if data[:1] == BUCKET:
            return [], records_in(data, 1)
    except ValueError as error:
        raise ValueError(f"node {digest.hex()} cannot be read: {error}") from error
    raise ValueError(f"{digest.hex()} is no node of a state")


def _update_bucket(node: Bucket, edits: list[Edit], depth: int) -> Node:
    found = node.records.copy()
    grew = False
    for _, path, record in edits:
        if record is None:
            found.pop(path, None)
        else:
            grew = grew or path not in found
            found[path] = record
    if len(found) > LIMIT and depth < 32:
        return _split([(key_of(path), path, record) for path, record in found.items()], depth)
    if grew:
        return _bucket(found)
    return Bucket(blake3(BUCKET + b"".join(found.values())).digest(), len(found), found)


def _split(items: list[Edit], depth: int) -> Node:
    if len(items) <= LIMIT or depth == 32:
        return _bucket({path: record for _, path, record in items if record is not None})
    children: list[Node] = [EMPTY_NODE] * 16
    for slot, group in _grouped(items, depth):
        children[slot] = _split(group, depth + 1)
    return _inner(INNER + b"".join([child.digest for child in children]), len(items), tuple(children))


def _grouped(edits: list[Edit], depth: int) -> Iterable[tuple[int, list[Edit]]]:
    if len(edits) == 1:
        return ((edits[0][0][depth] & 15, edits),)
    groups: dict[int, list[Edit]] = {}
    for edit in edits:
        groups.setdefault(edit[0][depth] & 15, []).append(edit)
    return groups.items()


def _inner(data: bytes, size: int, children: tuple[Node, ...]) -> Inner:
    return Inner(blake3(data).digest(), size, children, data)


def _bucket(found: dict[bytes, bytes]) -> Bucket:
    found = dict(sorted(found.items()))
    return Bucket(blake3(BUCKET + b"".join(found.values())).digest(), len(found), found)
