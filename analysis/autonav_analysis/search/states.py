"""A state of the sources that edits lead to, known by what the sources then say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from blake3 import blake3

from autonav_analysis.search.proposals import apply
from autonav_protocol.values.candidate import Proposal


@dataclass(frozen=True)
class State:
    """Sources `{path: bytes}` and the proposals that led there, in order, each made on what the last one left.

    `id` is the BLAKE3 hash of all paths and texts: two ways to the same text are one state.
    """

    id: str
    sources: Mapping[str, bytes]
    edits: tuple[Proposal, ...]
    digests: Mapping[str, bytes]


def initial(sources: Mapping[str, bytes]) -> State:
    """Return the state of unedited sources."""
    digests = {path: blake3(source).digest() for path, source in sources.items()}
    return State(_identity(digests), dict(sources), (), digests)


def changed(state: State, proposal: Proposal) -> State:
    """Return the state that a proposal leads to; edits of paths that the state does not have are left out.

    The edits of one proposal all count bytes in the same text, so they are made from the end.
    """
    sources, digests = dict(state.sources), dict(state.digests)
    for edit in sorted(proposal.edits, key=lambda edit: (edit.start_byte, edit.end_byte), reverse=True):
        if edit.path in sources:
            sources[edit.path] = apply(sources[edit.path], edit)
    for path in {edit.path for edit in proposal.edits} & sources.keys():
        digests[path] = blake3(sources[path]).digest()
    return State(_identity(digests), sources, (*state.edits, proposal), digests)


def reached(state: State, proposals: Iterable[Proposal]) -> State:
    """Return the state after proposals made one after the other."""
    for proposal in proposals:
        state = changed(state, proposal)
    return state


def _identity(digests: Mapping[str, bytes]) -> str:
    hashed = blake3()
    for path in sorted(digests):
        name = path.encode("utf-8", "surrogateescape")
        hashed.update(len(name).to_bytes(4, "big") + name + digests[path])
    return hashed.hexdigest(length=16)
