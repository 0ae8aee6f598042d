"""How a search expands its states: the proposals of each, by the suspicion of the lines it started from."""

from collections.abc import Mapping, Sequence

from autonav_analysis.search.localisation import Line, likeliest
from autonav_analysis.search.moved_lines import moved
from autonav_analysis.search.proposals import proposals, still_parses
from autonav_analysis.search.states import State
from autonav_analysis.search.tree import Expand
from autonav_protocol.values.candidate import Proposal


def expansion(sources: Mapping[str, bytes], suspicion: Mapping[Line, float], weights: Mapping[str, float]) -> Expand:
    """Return what proposes below the states of a search from `sources`; below edits the likeliest lines alone."""

    def expand(state: State) -> Sequence[Proposal]:
        now = moved(suspicion, sources, state.sources)
        return proposals(state.sources, likeliest(now) if state.edits else now, weights)

    return expand


def touched(sources: Mapping[str, bytes], state: State) -> list[str]:
    """Return the paths of a state whose text is not that of `sources`."""
    return [path for path, source in state.sources.items() if sources[path] != source]


def parses(sources: Mapping[str, bytes], state: State) -> bool:
    """Return whether the edits of a state left the syntax of all files whole."""
    return all(still_parses(path, sources[path], state.sources[path]) for path in touched(sources, state))
