"""The tasks of a worktree: the active one with its granted contract and base, the paused ones, and what was learnt.

While no task is active the default fence holds: a task without a name that may edit everything
but what is protected.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from blake3 import blake3

from autonav_analysis.contracts import contract_file
from autonav_protocol.errors import BadRequest, Conflict, Internal, NotFound
from autonav_protocol.values.contract import Contract, Scope
from autonav_server.worktree.atomic import write_atomically
from autonav_server.worktree.configuration import Policy
from autonav_server.worktree.expected import Memory, begin_at_head, head_of
from autonav_server.worktree.worktree import Worktree

FOLDER = ".autonav/tasks"
ACTIVE, PAUSED, FINISHED, DEFAULT = "active", "paused", "finished", "default"
EVERYTHING = Contract("", "", Scope(edit=("**",)))
COLUMNS = "slug, state, contract, contract_path, base, memory, started_at, policy, paused_until"


@dataclass(frozen=True)
class Task:
    """A task. `granted` is the digest of the contract bytes a person last granted.

    `base` and `memory` are what the expected tree is computed from, as JSON values. `policy` is
    the settings file that was granted with it, and `protected` what it protected. The default
    fence is a task whose slug is "".
    """

    slug: str
    contract: Contract
    contract_path: str
    granted: str
    base: Mapping[str, Any]
    memory: Mapping[str, Any]
    started_at: str
    state: str = ACTIVE
    policy: Policy | None = None
    protected: tuple[str, ...] = field(default=())
    paused_until: str = ""


def active_task(worktree: Worktree) -> Task | None:
    """Return the active task, or None; a pause that is over has ended."""
    _resume_what_is_due(worktree)
    return next(iter(_tasks(worktree, ACTIVE)), None)


def required_task(worktree: Worktree) -> Task:
    """Return the active task; raise NotFound where none is."""
    task = active_task(worktree)
    if task is None:
        raise NotFound("no task is active", 'start one: autonav start --edit GLOB "what is to be done"')
    return task


def paused_tasks(worktree: Worktree) -> list[Task]:
    """Return the paused tasks, the one that was started last first."""
    return _tasks(worktree, PAUSED)


def fenced(worktree: Worktree) -> Task | None:
    """Return what the worktree is judged by: the active task, else the default fence where one was begun."""
    return active_task(worktree) or next(iter(_tasks(worktree, DEFAULT)), None)


def is_waiting(worktree: Worktree) -> bool:
    """Return whether a task is paused for a time only."""
    return any(task.paused_until for task in paused_tasks(worktree))


def other_active(worktree: Worktree) -> list[tuple[str, Contract]]:
    """Return the tasks active in other worktrees of the same repository, by slug."""
    query = f"SELECT {COLUMNS} FROM tasks WHERE worktree != ? AND state = ?"  # noqa: S608 - the columns are ours
    rows = worktree.store.read(lambda sql: sql.execute(query, (worktree.id, ACTIVE)).fetchall())
    return [(task.slug, task.contract) for task in (_task(worktree, row) for row in rows)]


def begin(
    worktree: Worktree,
    contract: Contract,
    base: Mapping[str, Any],
    memory: Mapping[str, Any],
    at: str,
    *,
    policy: Policy | None = None,
    protected: tuple[str, ...] = (),
) -> Task:
    """Write the contract file, make the task the active one and return it; an active one is paused.

    The file's folder ignores itself, so git never sees it.
    """
    slug = _free_slug(worktree, contract.slug)
    path = f"{FOLDER}/{slug}.toml"
    data = contract_file.render(contract).encode()
    digest = worktree.store.put(data)
    end_default_fence(worktree)
    if (active := active_task(worktree)) is not None:
        pause(worktree, active, "")
    _insert(worktree, Task(slug, contract, path, digest, base, memory, at, ACTIVE, policy, protected))
    ignore = worktree.path(".autonav/.gitignore")
    os.makedirs(worktree.path(FOLDER), exist_ok=True)
    if not os.path.lexists(ignore):
        write_atomically(ignore, b"*\n", "100644")
    write_atomically(worktree.path(path), data, "100644")
    return required_task(worktree)


def judged_by(worktree: Worktree) -> Task | None:
    """Return what the worktree is judged by; where nobody watches, the default fence since HEAD.

    None while the task is paused for a time, and where there is nothing to compare with.
    """
    task = fenced(worktree)
    if task is not None and task.slug:
        return task
    if is_waiting(worktree):
        return None
    if task is None and head_of(worktree):
        base = begin_at_head(worktree)
        return Task("", EVERYTHING, "", "", base.to_json(), Memory().to_json(), "", DEFAULT)
    return task


def begin_default_fence(worktree: Worktree, base: Mapping[str, Any], memory: Mapping[str, Any], at: str) -> None:
    """Begin the default fence anew."""
    end_default_fence(worktree)
    digest = worktree.store.put(contract_file.render(EVERYTHING).encode())
    _insert(worktree, Task("", EVERYTHING, "", digest, base, memory, at, DEFAULT))


def granted_text(worktree: Worktree, task: Task) -> str:
    """Return the contract as it was granted; raise Conflict where the file differs from it."""
    if contract_image(worktree, task) != task.granted:
        raise Conflict(f"{task.contract_path} differs from what was granted", "accept or restore it first (AN109)")
    return worktree.store.get(task.granted).decode()


def end_default_fence(worktree: Worktree) -> None:
    """End the default fence, where one was begun."""
    query = "DELETE FROM tasks WHERE worktree = ? AND state = ?"
    worktree.store.write(lambda sql: sql.execute(query, (worktree.id, DEFAULT)))


def grant(worktree: Worktree, task: Task, text: str) -> Task:
    """Make `text` the granted contract and write it to the contract file; raise BadRequest where it cannot be read."""
    contract, problems = contract_file.read(task.slug, text)
    if contract is None or problems:
        raise BadRequest(
            "; ".join(f"line {each.line}: {each.message}" for each in problems), "correct the contract file"
        )
    digest = worktree.store.put(text.encode())
    _update(worktree, task.slug, "contract", digest)
    if contract_image(worktree, task) != digest:
        write_atomically(worktree.path(task.contract_path), text.encode(), "100644")
    return replace(task, contract=contract, granted=digest)


def grant_policy(worktree: Worktree, task: Task, policy: Policy, protected: tuple[str, ...]) -> None:
    """Make the settings of the repository as they now are those that were granted."""
    _update(worktree, task.slug, "policy", _policy_json(policy, protected))


def remember(worktree: Worktree, task: Task, memory: Mapping[str, Any]) -> None:
    """Keep what a rescan learnt."""
    if memory != task.memory:
        _update(worktree, task.slug, "memory", json.dumps(memory))


def pause(worktree: Worktree, task: Task, until: str) -> None:
    """Pause a task until a time, ISO 8601, or with "" until it is resumed."""
    _update(worktree, task.slug, "paused_until", until)
    _update(worktree, task.slug, "state", PAUSED)


def resume(worktree: Worktree, slug: str) -> Task:
    """Make a paused task the active one again; raise NotFound without it, Conflict where another is active."""
    if slug not in {task.slug for task in paused_tasks(worktree)}:
        raise NotFound(f"no task {slug} is paused", "autonav status lists those that are")
    end_default_fence(worktree)
    try:
        _update(worktree, slug, "state", ACTIVE)
    except sqlite3.IntegrityError as error:
        raise Conflict("another task is active", "finish or pause it first") from error
    return required_task(worktree)


def end(worktree: Worktree, task: Task) -> None:
    """End the task; its contract file stays as a record."""
    _update(worktree, task.slug, "state", FINISHED)


def tell_watchers(worktree: Worktree) -> None:
    """Let a server that watches the worktree look again, though no file of it has changed."""
    with contextlib.suppress(OSError):
        os.utime(worktree.path(FOLDER))


def contract_bytes(worktree: Worktree, task: Task) -> bytes | None:
    """Return the contract file as it now is, None where it is gone or there is none."""
    if not task.contract_path:
        return None
    try:
        with open(worktree.path(task.contract_path), "rb") as file:
            return file.read()
    except OSError:
        return None


def contract_image(worktree: Worktree, task: Task) -> str:
    """Return the BLAKE3 of the contract file as it now is, "" where it is gone."""
    data = contract_bytes(worktree, task)
    return "" if data is None else blake3(data).hexdigest()


def slugs(worktree: Worktree) -> set[str]:
    """Return the slugs of all tasks that were ever started here."""
    query = "SELECT slug FROM tasks WHERE worktree = ?"
    return {row[0] for row in worktree.store.read(lambda sql: sql.execute(query, (worktree.id,)).fetchall())}


def _tasks(worktree: Worktree, state: str) -> list[Task]:
    query = f"SELECT {COLUMNS} FROM tasks WHERE worktree = ? AND state = ? ORDER BY started_at DESC"  # noqa: S608
    rows = worktree.store.read(lambda sql: sql.execute(query, (worktree.id, state)).fetchall())
    return [_task(worktree, row) for row in rows]


def _task(worktree: Worktree, row: tuple[Any, ...]) -> Task:
    slug, state, granted, path, base, memory, started_at, policy, paused_until = row
    contract = contract_file.read(slug, worktree.store.get(granted).decode("utf-8", "replace")).contract
    if contract is None:
        raise Internal(f"the granted contract of task {slug} cannot be read")
    kept = json.loads(policy)
    return Task(
        slug, contract, path, granted, json.loads(base), json.loads(memory), started_at, state,
        Policy(kept["path"], kept["digest"]) if kept else None, tuple(kept.get("protected", ())), paused_until,
    )  # fmt: skip


def _insert(worktree: Worktree, task: Task) -> None:
    policy = _policy_json(task.policy, task.protected) if task.policy else "{}"
    row = (
        worktree.id, task.slug, task.state, task.granted, task.contract_path, json.dumps(task.base),
        json.dumps(task.memory), task.started_at, policy, task.paused_until,
    )  # fmt: skip
    try:
        worktree.store.write(lambda sql: sql.execute("INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row))
    except sqlite3.IntegrityError as error:
        raise Conflict("another task is active", "finish it first: autonav finish") from error


def _policy_json(policy: Policy, protected: tuple[str, ...]) -> str:
    return json.dumps({"path": policy.path, "digest": policy.digest, "protected": protected})


def _resume_what_is_due(worktree: Worktree) -> None:
    query = "SELECT slug, paused_until FROM tasks WHERE worktree = ? AND state = ? AND paused_until != ''"
    paused = worktree.store.read(lambda sql: sql.execute(query, (worktree.id, PAUSED)).fetchall())
    for slug, until in paused:
        if datetime.fromisoformat(until) <= datetime.now(UTC):
            try:
                resume(worktree, slug)
            except Conflict:
                _update(worktree, slug, "paused_until", "")


def _update(worktree: Worktree, slug: str, column: str, value: str) -> None:
    query = f"UPDATE tasks SET {column} = ? WHERE worktree = ? AND slug = ?"  # noqa: S608 - column is ours
    worktree.store.write(lambda sql: sql.execute(query, (value, worktree.id, slug)))


def _free_slug(worktree: Worktree, wanted: str) -> str:
    query = "SELECT slug FROM tasks WHERE worktree = ?"
    taken = {row[0] for row in worktree.store.read(lambda sql: sql.execute(query, (worktree.id,)).fetchall())}
    candidates = (wanted, *(f"{wanted}-{number}" for number in range(2, 10_000)))
    return next(
        slug for slug in candidates if slug not in taken and not os.path.lexists(worktree.path(f"{FOLDER}/{slug}.toml"))
    )
