"""Looking at a worktree once: what the active task changed, and what the rules say of it."""

from dataclasses import dataclass

from autonav_analysis.contracts.scope import decide
from autonav_analysis.judging import judge
from autonav_protocol.operations.status import StatusResult
from autonav_protocol.settings import Settings
from autonav_protocol.values.change import Change
from autonav_protocol.values.finding import Finding, Severity
from autonav_server.worktree import tasks
from autonav_server.worktree.expected import Base, Memory
from autonav_server.worktree.rescan import rescan
from autonav_server.worktree.tasks import Task
from autonav_server.worktree.worktree import Worktree

SEVERITIES = tuple(Severity)


@dataclass(frozen=True)
class Look:
    """One look. `task` and `change` are None where no task is active, and then nothing is found."""

    task: Task | None
    change: Change | None
    findings: tuple[Finding, ...]

    @property
    def outside(self) -> tuple[str, ...]:
        """The changed paths that the contract does not allow."""
        if self.change is None:
            return ()
        scope, protected = self.change.contract.scope, self.change.protected
        return tuple(
            file.path for file in self.change.files if not decide(scope, protected, file.path, file.kind).allowed
        )


def look(worktree: Worktree, settings: Settings, *, trusted: bool) -> Look:
    """Rescan the worktree, keep what the rescan learnt, and run every rule on the change."""
    task = tasks.active_task(worktree)
    if task is None:
        return Look(None, None, ())
    base, memory = Base.from_json(task.base), Memory.from_json(task.memory)
    with worktree.alone():
        scanned = rescan(worktree, base, memory, run_filters=trusted)
        tasks.remember(worktree, task, scanned.memory.to_json())
    image = tasks.contract_image(worktree, task)
    text = (tasks.contract_bytes(worktree, task) or b"").decode("utf-8", "replace")
    change = Change(
        contract=task.contract,
        files=scanned.files,
        protected=settings.protected,
        contract_path=task.contract_path,
        contract_lines=tuple(text.split("\n")),
        contract_image=image,
        contract_granted=image == task.granted,
    )
    return Look(task, change, judge(change))


def status_of(worktree: Worktree, seen: Look, *, trusted: bool, watching: str) -> StatusResult:
    """Return one look as the numbers a status line shows."""
    if seen.task is None or seen.change is None:
        return StatusResult(root=worktree.root, trusted=trusted, watching=watching)
    return StatusResult(
        root=worktree.root,
        task=seen.task.contract.task,
        slug=seen.task.slug,
        base=seen.task.contract.base or None,
        files_changed=len(seen.change.files),
        outside=len(seen.outside),
        trusted=trusted,
        watching=watching,
    )
