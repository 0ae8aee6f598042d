"""Resume a paused task."""

from autonav_protocol.operation import Effect, Operation, Params, Result, argument
from autonav_protocol.values.contract import Contract


class ResumeParams(Params):
    """Make a paused task the active one again; without a name, the one that was started last."""

    task: str | None = argument("The name of the task, as `autonav status` lists it.", default=None, metavar="NAME")


class ResumeResult(Result):
    """The contract that binds again."""

    contract: Contract


OPERATION = Operation("resume", "Resume a paused task", ResumeParams, ResumeResult, Effect.GRANT)
