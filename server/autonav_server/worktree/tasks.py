"""The active task of a worktree: its granted contract, its base, and what was learnt since."""

import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blake3 import blake3

from autonav_analysis.contracts import contract_file
from autonav_protocol.errors import BadRequest, Conflict, Internal, NotFound
from autonav_protocol.values.contract import Contract
from autonav_server.worktree.atomic import write_atomically
from autonav_server.worktree.worktree import Worktree

FOLDER = ".autonav/tasks"


@dataclass(frozen=True)
class Task:
    """An active task. `granted` is the digest of the contract bytes a person last granted.

    `base` and `memory` are what the expected tree is computed from, as JSON values.
    """

    slug: str
    contract: Contract
    contract_path: str
    granted: str
    base: Mapping[str, Any]
    memory: Mapping[str, Any]
    started_at: str


def active_task(worktree: Worktree) -> Task | None:
    """Return the active task, or None."""
    columns = "slug, contract, contract_path, base, memory, started_at"
    query = f"SELECT {columns} FROM tasks WHERE worktree = ? AND state = 'active'"  # noqa: S608 - the columns are ours
    row = worktree.store.read(lambda sql: sql.execute(query, (worktree.id,)).fetchone())
    if row is None:
        return None
    slug, granted, path, base, memory, started_at = row
    text = worktree.store.get(granted).decode("utf-8", "replace")
    contract = contract_file.read(slug, text).contract
    if contract is None:
        raise Internal(f"the granted contract of task {slug} cannot be read")
    return Task(slug, contract, path, granted, json.loads(base), json.loads(memory), started_at)


def required_task(worktree: Worktree) -> Task:
    """Return the active task; raise NotFound where none is."""
    task = active_task(worktree)
    if task is None:
        raise NotFound("no task is active", 'start one: autonav start --edit GLOB "what is to be done"')
    return task


def begin(worktree: Worktree, contract: Contract, base: Mapping[str, Any], memory: Mapping[str, Any], at: str) -> Task:
    """Write the contract file, make the task the active one and return it.

    Raises Conflict where a task is active already. The file's folder ignores itself, so git
    never sees it.
    """
    slug = _free_slug(worktree, contract.slug)
    path = f"{FOLDER}/{slug}.toml"
    data = contract_file.render(contract).encode()
    digest = worktree.store.put(data)
    row = (worktree.id, slug, "active", digest, path, json.dumps(base), json.dumps(memory), at)
    try:
        worktree.store.write(lambda sql: sql.execute("INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row))
    except sqlite3.IntegrityError as error:
        raise Conflict("another task is active", "finish it first: autonav finish") from error
    ignore = worktree.path(".autonav/.gitignore")
    os.makedirs(worktree.path(FOLDER), exist_ok=True)
    if not os.path.lexists(ignore):
        write_atomically(ignore, b"*\n", "100644")
    write_atomically(worktree.path(path), data, "100644")
    return Task(slug, contract, path, digest, base, memory, at)


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
    return Task(task.slug, contract, task.contract_path, digest, task.base, task.memory, task.started_at)


def remember(worktree: Worktree, task: Task, memory: Mapping[str, Any]) -> None:
    """Keep what a rescan learnt."""
    if memory != task.memory:
        _update(worktree, task.slug, "memory", json.dumps(memory))


def end(worktree: Worktree, task: Task) -> None:
    """End the task; its contract file stays as a record."""
    _update(worktree, task.slug, "state", "finished")


def contract_bytes(worktree: Worktree, task: Task) -> bytes | None:
    """Return the contract file as it now is, None where it is gone."""
    try:
        with open(worktree.path(task.contract_path), "rb") as file:
            return file.read()
    except OSError:
        return None


def contract_image(worktree: Worktree, task: Task) -> str:
    """Return the BLAKE3 of the contract file as it now is, "" where it is gone."""
    data = contract_bytes(worktree, task)
    return "" if data is None else blake3(data).hexdigest()


def _update(worktree: Worktree, slug: str, column: str, value: str) -> None:
    query = f"UPDATE tasks SET {column} = ? WHERE worktree = ? AND slug = ?"  # noqa: S608 - column is ours
    worktree.store.write(lambda sql: sql.execute(query, (value, worktree.id, slug)))


def _free_slug(worktree: Worktree, wanted: str) -> str:
    taken = {
        row[0]
        for row in worktree.store.read(
            lambda sql: sql.execute("SELECT slug FROM tasks WHERE worktree = ?", (worktree.id,)).fetchall()
        )
    }
    candidates = (wanted, *(f"{wanted}-{number}" for number in range(2, 10_000)))
    return next(
        slug for slug in candidates if slug not in taken and not os.path.lexists(worktree.path(f"{FOLDER}/{slug}.toml"))
    )
