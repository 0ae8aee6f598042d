"""Compare two settings of the search."""

from pydantic import Field

from autonav_protocol.operation import Effect, Operation, Params, Result, option
from autonav_protocol.values.trial import Pair, Trial


class AbTestParams(Params):
    """Compare two settings of the search on the same tasks, and claim only what the data support.

    Recorded explorations are replayed under both, and nothing is run. With `live` both really explore the recorded
    tasks whose files are still known here. One may look as often as one likes; with `fixed` one looks once.
    """

    a: tuple[str, ...] = option(
        "A setting of the one side, as in explore.depth=2; repeatable. Without any: the settings in force.",
        (),
        metavar="NAME=VALUE",
    )
    b: tuple[str, ...] = option("A setting of the other side; repeatable.", ..., metavar="NAME=VALUE", min_length=1)
    everywhere: bool = Field(
        default=False, description="Replay the records of all repositories of this machine, not of this one alone."
    )
    live: bool = Field(default=False, description="Explore instead of replaying; each pair of runs on the same files.")
    fixed: int | None = option("Look once, at so many tasks, instead of at all times.", None, metavar="N", ge=2)
    seconds: float | None = option("With --live: begin no pair after so many seconds.", None, metavar="N", gt=0)
    evaluations: int | None = option("With --live: candidates that each run may try.", None, metavar="N", ge=1)


class AbTestResult(Result):
    """What the comparison came to, and the pairs behind it; `skipped` says which tasks were left out, and why."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    live: bool
    trial: Trial
    pairs: tuple[Pair, ...]
    skipped: tuple[str, ...] = ()


OPERATION = Operation("ab-test", "Compare two settings", AbTestParams, AbTestResult, Effect.EXECUTE)
