"""Finish the active task."""

from autonav_protocol.operation import Effect, Operation, Params, Result
from autonav_protocol.values.finding import Finding


class FinishParams(Params):
    """End the active task: its contract no longer binds, and its findings are cleared.

    No file is touched; what lies outside the scope stays as it is and is listed once more.
    """


class FinishResult(Result):
    """What the task changed, which of it lay outside the scope, and what it names that did not change (AN202)."""

    task: str
    files_changed: tuple[str, ...]
    outside: tuple[str, ...]
    missing: tuple[Finding, ...] = ()


OPERATION = Operation("finish", "Finish the task", FinishParams, FinishResult, Effect.GRANT)
