"""Records of explorations that never ran: real rewrites of a small function, of which it is known which are right."""

from dataclasses import dataclass

from autonav_analysis.learning.replaying import first_order
from autonav_analysis.learning.versions import versions
from autonav_analysis.search import strategies
from autonav_analysis.search.asktell import ask, begin, tell
from autonav_analysis.search.enumeration import in_prior_order
from autonav_analysis.search.expansion import expansion, parses
from autonav_analysis.search.rewards import Result, solves
from autonav_analysis.search.states import changed, initial
from autonav_analysis.search.strategy import Strategy
from autonav_protocol.collect import collect
from autonav_protocol.values.learning import RunRecord, Tried, Tuning

PATH, DEFAULT = "pair.py", Tuning()


@dataclass(frozen=True)
class Puzzle:
    """A function of which the edit in one place of the order is right, alone or with the one in a place below that."""

    number: int
    first: int
    second: int | None = None

    @property
    def text(self) -> str:
        """The function; numbers make it one of its own."""
        return f"def pair(a):\n    x = a - {self.number}\n    return x, a + {self.number}\n"


def recorded(
    puzzle: Puzzle,
    *,
    project: str,
    evaluations: int = 100,
    strategy: str = "staged",
    tuning: Tuning = DEFAULT,
    at: str = "2026-01-01T00:00:00+00:00",
) -> RunRecord:
    """Search for the edits that are right, and return the record of that."""
    number, targets = puzzle.number, 1 if puzzle.second is None else 2
    sources = {PATH: puzzle.text.encode()}
    suspicion = {(PATH, line): 0.5 for line in range(1, puzzle.text.count("\n") + 1)}
    expand = expansion(sources, suspicion, tuning.weights)
    steps = [initial(sources)]
    for place in (puzzle.first, puzzle.second):
        steps += [] if place is None else [changed(steps[-1], in_prior_order(expand(steps[-1]))[place])]
    right = {step.id: count for count, step in enumerate(steps)}
    search = begin(
        sources, expand, targets, collect(strategies, "STRATEGY", Strategy)[strategy],
        first_order=first_order(evaluations, tuning), tuning=tuning,
    )  # fmt: skip
    tried: list[Tried] = []
    while search.evaluated < evaluations and not search.found and (asks := ask(search, 1)):
        state = asks[0].state
        passed = tuple(place < right.get(state.id, 0) for place in range(targets))
        result = Result(passed) if parses(sources, state) else Result((), refused=True)
        tell(search, [(state.id, result)])
        said, names = "".join("01"[each] for each in result.passed), tuple(each.rewrite for each in state.edits)
        tried.append(Tried(state.id, said, False, solves(result), 0.1, names))
    return RunRecord(
        run=f"{number:08x}", project=project, task=f"{number:040x} test_{number}", at=at, versions=dict(versions()),
        strategy=strategy, seed=0, evaluations=evaluations, workers=1, tuning=tuning, targets=targets,
        sources={PATH: puzzle.text}, suspicion=tuple((path, line, score) for (path, line), score in suspicion.items()),
        tried=tuple(tried), seconds=1.0, cpu_seconds=1.0,
    )  # fmt: skip
