"""How a search expands its states: the proposals of each, by the suspicion of the lines it started from."""

from collections.abc import Iterator, Mapping, Sequence

from autonav_analysis.search.enumeration import in_prior_order
from autonav_analysis.search.localisation import Line
from autonav_analysis.search.moved_lines import moved
from autonav_analysis.search.proposals import Passage, passages, proposed, still_parses
from autonav_analysis.search.states import State
from autonav_analysis.search.tree import Expand
from autonav_protocol.values.candidate import Edit, Proposal

MOST_BELOW = 2_000
"""How many proposals are kept of a state that edits led to: nobody draws more there, and there are many such states."""

Known = dict[object, tuple[Passage, Sequence[Proposal]]]
Place = tuple[Proposal, int, int]
"""A proposal, and how many bytes and lines later it stands now."""


def expansion(sources: Mapping[str, bytes], suspicion: Mapping[Line, float], weights: Mapping[str, float]) -> Expand:
    """Return what proposes below the states of a search from `sources`; below edits the likeliest alone.

    A function that edits left as it was has the proposals that it had at the start, where it stands now: only what
    they changed is rewritten anew, and names that they brought are offered there alone.
    """
    known: dict[str, Known] = {}

    def of_start(path: str) -> list[Proposal]:
        known[path], found = {}, list[Proposal]()
        for passage in passages(path, sources[path], suspicion, weights):
            mine = proposed(passage)
            known[path][passage.key()] = passage, in_prior_order(mine)[:MOST_BELOW]
            found += mine
        return found

    def below(path: str, source: bytes, now: Mapping[Line, float]) -> Iterator[Place]:
        if path not in known:
            of_start(path)
        if source == sources[path]:
            yield from ((each, 0, 0) for _, mine in known[path].values() for each in mine)
            return
        for passage in passages(path, source, now, weights):
            before, mine = known[path].get(passage.key()) or (passage, proposed(passage))
            by, lines = passage.begin - before.begin, passage.first - before.first
            yield from ((each, by, lines) for each in mine)

    def expand(state: State) -> Sequence[Proposal]:
        if not state.edits:
            return [each for path in state.sources for each in of_start(path)]
        now = moved(suspicion, sources, state.sources)
        places = [each for path, source in state.sources.items() for each in below(path, source, now)]
        places.sort(key=lambda each: -each[0].prior)
        return [_later(*each) for each in places[:MOST_BELOW]]

    return expand


def once(expand: Expand) -> Expand:
    """Return what expands each state once, for several searches from the same sources."""
    made: dict[str, Sequence[Proposal]] = {}

    def known(state: State) -> Sequence[Proposal]:
        if state.id not in made:
            made[state.id] = expand(state)
        return made[state.id]

    return known


def touched(sources: Mapping[str, bytes], state: State) -> list[str]:
    """Return the paths of a state whose text is not that of `sources`."""
    return [path for path, source in state.sources.items() if sources[path] != source]


def parses(sources: Mapping[str, bytes], state: State) -> bool:
    """Return whether the edits of a state left the syntax of all files whole."""
    return all(still_parses(path, sources[path], state.sources[path]) for path in touched(sources, state))


def _later(proposal: Proposal, by: int, lines: int) -> Proposal:
    if not (by or lines):
        return proposal
    edits = tuple(Edit(each.path, each.start_byte + by, each.end_byte + by, each.text) for each in proposal.edits)
    return Proposal(edits, proposal.rewrite, proposal.line + lines, proposal.prior)
