"""Looking at a worktree once: what differs from the expected tree, and what the rules say of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from autonav_analysis.contracts.budget import used
from autonav_analysis.contracts.scope import decide_file, symbols_of
from autonav_analysis.judging import judge
from autonav_analysis.syntax.grammars import GrammarUnavailable, language_for, load
from autonav_analysis.syntax.symbols import MODULE, touched
from autonav_protocol.operations.status import StatusResult
from autonav_protocol.settings import Settings
from autonav_protocol.values.change import Change, FileChange
from autonav_protocol.values.finding import Finding, Severity
from autonav_server.worktree import requests, tasks
from autonav_server.worktree.clock import now
from autonav_server.worktree.configuration import both, policy
from autonav_server.worktree.expected import Base, Memory
from autonav_server.worktree.rescan import read_entry, rescan
from autonav_server.worktree.tasks import Task
from autonav_server.worktree.worktree import Worktree

RUNS = ("validate", "explore.start")
SEVERITIES = tuple(Severity)


@dataclass(frozen=True)
class Look:
    """One look. `task` is the active one, None without; `change` is None where nothing is judged at all.

    `paths` are all files of the worktree. `held` are the settings where a branch left, where it changed them: a
    branch does not quieten what it is judged by.
    """

    task: Task | None
    change: Change | None
    findings: tuple[Finding, ...]
    paths: tuple[str, ...] = ()
    held: Settings | None = None

    @property
    def outside(self) -> tuple[str, ...]:
        """The changed paths that the contract does not allow."""
        change = self.change
        return tuple(file.path for file in change.files if not decide_file(change, file).allowed) if change else ()


def look(worktree: Worktree, settings: Settings, *, trusted: bool, saved: Mapping[str, str] | None = None) -> Look:
    """Rescan the worktree, keep what the rescan learnt, and run every rule on the change.

    `saved` holds the BLAKE3 of what this very editor last saved, by path.
    """
    task = tasks.judged_by(worktree)
    if task is None:
        return Look(None, None, ())
    change, paths = change_of(worktree, task, settings, trusted=trusted, saved=saved or {})
    return Look(task if task.slug else None, change, judge(change), paths)


def change_of(
    worktree: Worktree, task: Task, settings: Settings, *, trusted: bool, saved: Mapping[str, str]
) -> tuple[Change, tuple[str, ...]]:
    """Return what differs from the tree that is expected under a task, and all paths of the worktree."""
    base, memory = Base.from_json(task.base), Memory.from_json(task.memory)
    with worktree.alone():
        scanned = rescan(worktree, base, memory, run_filters=trusted)
        tasks.remember(worktree, task, scanned.memory.to_json())
        files = tuple(_completed(worktree, task, base, file, saved, trusted=trusted) for file in scanned.files)
    now_set = policy(worktree.root)
    changed_policy = now_set if task.policy and now_set.digest != task.policy.digest else None
    image = tasks.contract_image(worktree, task)
    text = (tasks.contract_bytes(worktree, task) or b"").decode("utf-8", "replace")
    change = Change(
        contract=task.contract,
        files=files,
        protected=both(task.protected, settings.protected) if changed_policy else settings.protected,
        contract_path=task.contract_path,
        contract_lines=tuple(text.split("\n")),
        contract_image=image,
        contract_granted=image == task.granted or not task.slug,
        policy_path=(changed_policy.path or (task.policy.path if task.policy else "")) if changed_policy else "",
        requests=requests.waiting(worktree, task),
        now=now(),
        started=task.started_at if task.slug else "",
        runs=_runs(worktree, task) if task.contract.budget.runs is not None else 0,
    )
    return change, scanned.paths


def _runs(worktree: Worktree, task: Task) -> int:
    """Return how often the tests were run, or searched for a fix, since a task was started."""
    query = "SELECT data FROM ledger WHERE kind IN (?, ?) AND at >= ?"
    rows = worktree.store.read(lambda sql: sql.execute(query, (*RUNS, task.started_at)).fetchall())
    return sum(json.loads(data).get("root") == worktree.root for (data,) in rows)


def status_of(worktree: Worktree, seen: Look, *, trusted: bool, watching: str) -> StatusResult:
    """Return one look as the numbers a status line shows."""
    paused = tuple(task.slug for task in tasks.paused_tasks(worktree))
    if seen.task is None or seen.change is None:
        until = next((task.paused_until for task in tasks.paused_tasks(worktree) if task.paused_until), None)
        return StatusResult(
            root=worktree.root, trusted=trusted, watching=watching, paused=paused, paused_until=until,
            information=len(seen.findings),
        )  # fmt: skip
    contract = seen.task.contract
    return StatusResult(
        root=worktree.root,
        task=contract.task,
        slug=seen.task.slug,
        base=contract.base or None,
        expires=contract.expires or None,
        files_changed=len(seen.change.files),
        outside=len(seen.outside),
        outside_paths=seen.outside[:200],
        budget=used(seen.change),
        limits={name: getattr(contract.budget, name) for name in used(seen.change)},
        requests=len(seen.change.requests),
        information=sum(each.severity is Severity.INFORMATION for each in seen.findings),
        paused=paused,
        trusted=trusted,
        watching=watching,
    )


def _completed(
    worktree: Worktree, task: Task, base: Base, file: FileChange, saved: Mapping[str, str], *, trusted: bool
) -> FileChange:
    if file.image and saved.get(file.path) == file.image:
        file = replace(file, attribution="editor")
    if not symbols_of(task.contract.scope, file.path):
        return file
    return replace(file, symbols=_touched(worktree, base, file, trusted=trusted))


def _touched(worktree: Worktree, base: Base, file: FileChange, *, trusted: bool) -> tuple[tuple[str, int], ...]:
    """Return the symbols that a change touches; where they cannot be told, the whole module."""
    language = language_for(file.path)
    whole = ((MODULE, 1),)
    if language is None or file.before is None or file.after is None:
        return whole
    try:
        with open(worktree.path(file.path), "rb") as opened:
            after = opened.read()
        before = read_entry(worktree, base, file.path, file.before, trusted)
        return touched(load(language), before, after)
    except (OSError, GrammarUnavailable):
        return whole
