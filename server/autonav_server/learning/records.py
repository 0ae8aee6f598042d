"""The records of explorations: one file a run in the person's data folder, and nowhere else.

A record holds source texts, so it is private (0600 in folders of 0700) and never leaves the machine. Worktrees and
clones of a repository share a folder. What is kept is bounded, and the oldest goes first.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard
from blake3 import blake3
from pydantic import TypeAdapter

from autonav_protocol.values.learning import RunRecord
from autonav_server.worktree.paths import data_folder, private_folder
from autonav_server.worktree.worktree import Worktree

SCHEMA = 1
MOST_RUNS, MOST_BYTES = 500, 256 << 20
"""How many runs are kept of a project, and how many bytes of all."""

MOST_TEXT = 512 << 20
"""What a record may come to when it is read: more is damaged, or made to do damage."""

SUFFIX = ".json.zst"
_RECORD = TypeAdapter(RunRecord)


class Kept(NamedTuple):
    """Records, oldest first, and the paths of the files that could not be read, each with why."""

    records: tuple[RunRecord, ...]
    skipped: tuple[str, ...]


def keep(record: RunRecord) -> Path:
    """Write a record, in place of an earlier one of the same run, and return its file; the oldest make room."""
    folder = private_folder(private_folder(folder_of_all()) / record.project)
    said = json.dumps({"schema": SCHEMA, "record": _RECORD.dump_python(record, mode="json")}, separators=(",", ":"))
    path = folder / f"{record.run}{SUFFIX}"
    handle, partial = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(zstandard.ZstdCompressor(level=3).compress(said.encode()))
    os.replace(partial, path)
    collect_garbage()
    return path


def records(project: str | None = None) -> list[RunRecord]:
    """Return what is kept of a project, of all where it is None, oldest first; what cannot be read is left out."""
    return list(read(project).records)


def read(project: str | None = None) -> Kept:
    """Return what `records` does, and what was left out: files that are damaged, or of a newer schema."""
    found, skipped = [], []
    for path in _files(project):
        try:
            found.append(_read(path))
        except (OSError, ValueError, KeyError, TypeError, zstandard.ZstdError) as error:
            skipped.append(f"{path}: {_why(error)}")
    return Kept(tuple(sorted(found, key=lambda each: (each.at, each.run))), tuple(skipped))


def collect_garbage() -> None:
    """Delete the oldest records of each project beyond the most runs, then the oldest of all beyond the most bytes."""
    kept: list[tuple[int, int, Path]] = []
    for project in _projects():
        newest = sorted(_aged(project), reverse=True)
        kept += newest[:MOST_RUNS]
        _delete(path for _, _, path in newest[MOST_RUNS:])
    total = 0
    for _, size, path in sorted(kept, reverse=True):
        total += size
        if total > MOST_BYTES:
            _delete([path])


def folder_of_all() -> Path:
    """Return the folder that has a folder for each project."""
    return data_folder() / "runs"


def project_of(worktree: Worktree) -> str:
    """Return a short name of a worktree's repository: of its oldest root commit, or of where it lies if it has none."""
    roots = worktree.git.text("rev-list", "--max-parents=0", "HEAD", check=False).split() if worktree.has_git else []
    identity = roots[-1] if roots else worktree.common_dir
    return blake3(os.fsencode(identity)).hexdigest(length=8)


def task_of(tree: str, test: str) -> str:
    """Return the name of a task: the git tree that a test failed on, and the test."""
    return f"{tree} {test}"


def tree_and_test(task: str) -> tuple[str, str]:
    """Return what `task_of` was given."""
    tree, _, test = task.partition(" ")
    return tree, test


def _read(path: Path) -> RunRecord:
    data = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=MOST_TEXT)
    said = json.loads(data)
    if said["schema"] > SCHEMA:
        raise ValueError(f"it has schema {said['schema']} and this program knows {SCHEMA}")
    return _RECORD.validate_python(said["record"])


def _why(error: Exception) -> str:
    said = str(error)
    return said if "schema" in said else f"it is damaged ({type(error).__name__})"


def _files(project: str | None) -> list[Path]:
    projects = _projects() if project is None else [folder_of_all() / project]
    return sorted(path for each in projects for path in each.glob(f"*{SUFFIX}"))


def _projects() -> list[Path]:
    above = folder_of_all()
    return sorted(each for each in above.iterdir() if each.is_dir()) if above.is_dir() else []


def _aged(project: Path) -> Iterator[tuple[int, int, Path]]:
    """Yield the time, size and path of each record of a project."""
    for path in project.glob(f"*{SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            found = path.stat()
            yield found.st_mtime_ns, found.st_size, path


def _delete(paths: Iterator[Path] | list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
