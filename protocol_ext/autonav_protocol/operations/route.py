"""Route a piece of work."""

from autonav_protocol.operation import Effect, Operation, Params, argument
from autonav_protocol.values.route import Route


class RouteParams(Params):
    """Say whether a task takes the single loop or the search, with the numbers that decide.

    Without `paths` the active task's scope is judged.
    """

    paths: tuple[str, ...] = argument("Globs of the files the work may touch.", default=(), metavar="GLOB")


OPERATION = Operation("route", "Route a task", RouteParams, Route, Effect.READ)
