"""Route a piece of work."""

from typing import Literal

from autonav_protocol.operation import Effect, Operation, Params, Result, option


class RouteParams(Params):
    """Say whether a task takes the single loop or the search, with the numbers that decide.

    Without `paths` the active task's scope is judged.
    """

    paths: tuple[str, ...] = option("Globs of the files the work may touch; repeatable.", (), metavar="GLOB")


class RouteResult(Result):
    """The decision. `contributions` sum to `score`; `explanation` says it in one line."""

    score: float
    threshold: float
    route: Literal["single_loop", "search"]
    contributions: dict[str, float]
    explanation: str


OPERATION = Operation("route", "Route a task", RouteParams, RouteResult, Effect.READ)
