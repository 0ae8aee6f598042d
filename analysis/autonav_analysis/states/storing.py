"""A state as objects by digest: what to store of it, and what an object refers to."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from autonav_analysis.states.entries import FILE, SYMLINK, unpack
from autonav_analysis.states.nodes import Inner, Node, decode, encode
from autonav_analysis.states.state import State


class References(NamedTuple):
    """The digests a node refers to: of nodes, and of contents of files and targets of links."""

    nodes: list[bytes]
    contents: list[bytes]


def nodes(state: State, known: Callable[[bytes], bool]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the digest and encoding of every node that is not known, nor below a known one, each before its children."""
    seen: set[bytes] = set()
    waiting: list[Node] = [state.top]
    while waiting:
        node = waiting.pop()
        if node.digest in seen or known(node.digest):
            continue
        seen.add(node.digest)
        yield node.digest, encode(node)
        if isinstance(node, Inner):
            waiting += node.children


def references(digest: bytes, data: bytes) -> References:
    """Return what the node encoded in `data` refers to; raise ValueError, naming `digest`, when it is none."""
    below, records = decode(data, digest)
    entries = (unpack(record) for record in records.values())
    return References(below, [entry.digest for entry in entries if FILE <= entry.kind <= SYMLINK])
