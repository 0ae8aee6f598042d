"""Writing files on a person's behalf so that it can be undone: every write is a moment with both images kept."""

import json
import os
from collections.abc import Mapping
from typing import NamedTuple

from autonav_protocol.errors import Conflict, NotFound
from autonav_server.worktree.atomic import Image, read_image, remove, write_atomically
from autonav_server.worktree.worktree import Worktree


class Write(NamedTuple):
    """One path to write: what must stand there now, and what shall. None means nothing."""

    path: str
    expected: Image | None
    wanted: Image | None


def write_files(worktree: Worktree, kind: str, writes: list[Write], at: str) -> int:
    """Write all paths or none, record the moment and return its number.

    Raises Conflict, naming the path, when something else stands there than was expected. Both
    images are in the store before the first byte is written.
    """
    for write in writes:
        _demand(worktree, write)
    record = json.dumps([_kept(worktree, write) for write in writes])
    row = (worktree.id, at, kind, record)
    query = "INSERT INTO moments (worktree, at, kind, writes) VALUES (?, ?, ?, ?)"
    moment = worktree.store.write(lambda sql: sql.execute(query, row).lastrowid)
    done: list[Write] = []
    try:
        for write in writes:
            _demand(worktree, write)
            _apply(worktree, write.path, write.wanted)
            done.append(write)
    except BaseException:
        for write in reversed(done):
            _apply(worktree, write.path, write.expected)
        worktree.store.write(lambda sql: sql.execute("DELETE FROM moments WHERE id = ?", (moment,)))
        raise
    return moment or 0


def undo(worktree: Worktree, moment: int | None, at: str) -> tuple[int, tuple[str, ...], int]:
    """Undo a moment (the last one not undone, by default); return it, its paths, and the new moment."""
    if moment is None:
        query = "SELECT id, writes FROM moments WHERE worktree = ? AND undone = 0 ORDER BY id DESC LIMIT 1"
        row = worktree.store.read(lambda sql: sql.execute(query, (worktree.id,)).fetchone())
    else:
        query = "SELECT id, writes FROM moments WHERE worktree = ? AND id = ? AND undone = 0"
        row = worktree.store.read(lambda sql: sql.execute(query, (worktree.id, moment)).fetchone())
    if row is None:
        raise NotFound("there is nothing to undo")
    writes = [
        Write(each["path"], _load(worktree, each["after"]), _load(worktree, each["before"]))
        for each in json.loads(row[1])
    ]
    done = write_files(worktree, f"undo {row[0]}", writes, at)
    worktree.store.write(lambda sql: sql.execute("UPDATE moments SET undone = 1 WHERE id = ?", (row[0],)))
    return row[0], tuple(write.path for write in writes), done


def _demand(worktree: Worktree, write: Write) -> None:
    path = worktree.path(write.path)
    if os.path.isdir(path) and not os.path.islink(path):
        raise Conflict(f"{write.path} is a folder now", "look at it again")
    if read_image(path) != write.expected:
        raise Conflict(f"{write.path} has changed since you looked at it", "look at it again")


def _apply(worktree: Worktree, path: str, wanted: Image | None) -> None:
    absolute = worktree.path(path)
    if wanted is None:
        if os.path.lexists(absolute):
            remove(absolute, worktree.root)
    else:
        write_atomically(absolute, wanted.data, wanted.mode)


def _kept(worktree: Worktree, write: Write) -> dict[str, object]:
    return {
        "path": write.path,
        "before": _keep(worktree, write.expected),
        "after": _keep(worktree, write.wanted),
    }


def _keep(worktree: Worktree, image: Image | None) -> dict[str, str] | None:
    return None if image is None else {"mode": image.mode, "digest": worktree.store.put(image.data)}


def _load(worktree: Worktree, kept: Mapping[str, str] | None) -> Image | None:
    return None if kept is None else Image(kept["mode"], worktree.store.get(kept["digest"]))
