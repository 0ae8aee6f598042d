"""Say what works on this machine."""

from autonav_protocol.operation import Effect, Operation, Params, Result
from autonav_protocol.values.evaluation import SandboxReport


class DoctorParams(Params):
    """Try every sandbox, the watcher, the store and git, and say what each can do here."""


class DoctorResult(Result):
    """What each sandbox guarantees for this user, and one sentence for each other part."""

    version: str
    user: str
    sandboxes: tuple[SandboxReport, ...]
    checks: dict[str, str]
    problems: tuple[str, ...] = ()


OPERATION = Operation("doctor", "Check this machine", DoctorParams, DoctorResult, Effect.READ)
