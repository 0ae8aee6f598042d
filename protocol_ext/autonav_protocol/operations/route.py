"""Route a piece of work."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, argument, option
from autonav_protocol.values.route import Route


class RouteParams(Params):
    """Say whether a task takes the single loop or the search, with the numbers that decide.

    Without `paths` the active task's scope is judged. The rest is what a run that is under way shows;
    it says more than any prediction.
    """

    paths: tuple[str, ...] = argument("Files, or globs of files, the work may touch.", default=(), metavar="GLOB")
    reflections: int = option("How often the run has reflected and tried again.", 0, metavar="N", ge=0)
    lines: int = option("How many lines the change has come to so far.", 0, metavar="N", ge=0)
    stalled: bool = Field(default=False, description="The last loops made no progress.")
    oscillating: bool = Field(default=False, description="The changes go back and forth.")


OPERATION = Operation("route", "Route a task", RouteParams, Route, Effect.READ)
