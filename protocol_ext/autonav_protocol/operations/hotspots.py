"""List hotspots: files that are changed often and hard to follow."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument, option
from autonav_protocol.values.hotspot import Hotspot


class HotspotsParams(Params):
    """List files that are both changed often and hard to follow, the worst first.

    Changes are counted in the commits of this branch, merges left out; renames are not followed.
    """

    paths: tuple[str, ...] = argument("Files or folders; the whole worktree by default.", default=(), metavar="PATH")
    since: str = option("Count commits since then, as git understands it.", "1 year ago", metavar="WHEN")
    top: int = option("How many files.", 20, metavar="N", ge=1)


class HotspotsResult(Result):
    """The files, and what could not be measured."""

    hotspots: tuple[Hotspot, ...]
    problems: tuple[str, ...] = ()


OPERATION = Operation("hotspots", "List hotspots", HotspotsParams, HotspotsResult, Effect.READ)
