"""Finish the active task."""

from autonav_protocol.operation import Effect, Operation, Params, Result


class FinishParams(Params):
    """End the active task: its contract no longer binds, and its findings are cleared.

    No file is touched; what lies outside the scope stays as it is and is listed once more.
    """


class FinishResult(Result):
    """What the task changed, and which of it lay outside the scope."""

    task: str
    files_changed: tuple[str, ...]
    outside: tuple[str, ...]


OPERATION = Operation("finish", "Finish the task", FinishParams, FinishResult, Effect.GRANT)
