"""Route a piece of work."""

from autonav_protocol.operation import Effect, Operation, Params, option
from autonav_protocol.values.route import Route


class RouteParams(Params):
    """Say whether a task takes the single loop or the search, with the numbers that decide.

    Without `paths` the active task's scope is judged.
    """

    paths: tuple[str, ...] = option("Globs of the files the work may touch; repeatable.", (), metavar="GLOB")


OPERATION = Operation("route", "Route a task", RouteParams, Route, Effect.READ)
