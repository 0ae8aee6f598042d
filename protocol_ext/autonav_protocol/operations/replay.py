"""Re-decide recorded runs under other settings."""

from dataclasses import dataclass
from typing import Literal

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option


class ReplayParams(Params):
    """Say what recorded explorations of this repository would have cost under other settings; nothing is run.

    Each state is answered from the record. Where a search asks for what was never evaluated, that is said, and no cost.
    """

    runs: tuple[str, ...] = argument("Runs, by their ids; all that are recorded by default.", default=(), metavar="RUN")
    strategy: Literal["staged", "enumerate", "hill", "mcts", "random"] | None = option(
        "The strategy; by default the one that each run had.", None
    )
    set: tuple[str, ...] = option(
        "A tunable setting in place of the one in force, as in explore.depth=2; repeatable.", (), metavar="NAME=VALUE"
    )


@dataclass(frozen=True)
class ReplayedRun:
    """A run: evaluations to its first verified candidate as it was, and None where unknown, or where nothing was found.

    `own` are those under its own settings, asked one at a time, and `replayed` those under the others, so these two
    compare. `why` says why either is not known; it is empty too where the whole budget would be spent on nothing.
    """

    run: str
    test: str
    at: str
    strategy: str
    recorded: int | None
    own: int | None
    replayed: int | None
    cpu_seconds: float | None
    known: int
    why: str = ""


@dataclass(frozen=True)
class ReplayedRoutes:
    """Recorded routes, and how many of them this threshold would have decided otherwise."""

    threshold: float
    recorded: int
    otherwise: int


class ReplayResult(Result):
    """The runs, oldest first.

    `ratio` is the geometric mean of the replayed cost by the run's own, of those `answered`; a search that spends its
    budget and finds nothing costs twice that. `skipped` are records that cannot be read.
    """

    runs: tuple[ReplayedRun, ...]
    ratio: float | None
    answered: int
    unanswered: int
    routes: ReplayedRoutes
    skipped: tuple[str, ...] = ()


OPERATION = Operation("replay", "Replay recorded runs", ReplayParams, ReplayResult, Effect.READ)
