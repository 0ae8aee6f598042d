"""Pause the active task."""

from autonav_protocol.operation import Effect, Operation, Params, Result, option


class PauseParams(Params):
    """Stop judging for a while. What changes meanwhile is judged when the task comes back."""

    minutes: float = option("For how long; 0 until `autonav resume`.", 30, metavar="N", ge=0)


class PauseResult(Result):
    """The paused task, and when it comes back by itself (None: never)."""

    slug: str
    until: str | None


OPERATION = Operation("pause", "Pause the task", PauseParams, PauseResult, Effect.GRANT)
