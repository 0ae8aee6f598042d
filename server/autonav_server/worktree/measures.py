"""The measures of a worktree's files: kept by content, taken by a pool of processes where many are cold."""

import ctypes
import json
import logging
import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from blake3 import blake3

import autonav_analysis
from autonav_analysis.complexity.measure import measure
from autonav_analysis.language import Language
from autonav_analysis.syntax.grammars import GrammarUnavailable, language_for, languages, load, wheel_of
from autonav_protocol.values.complexity import FunctionComplexity
from autonav_server.worktree.paths import cache_folder
from autonav_server.worktree.worktree import Worktree

SIZE_LIMIT = 5_000_000
POOL_FROM, CHUNK = 200, 32
"""From so many cold files on a pool takes them, so many at a time."""

SETTLED = 2_000_000_000
"""Nanoseconds after which a file's stat is believed: a later write has another time."""

ENGINE = (
    "complexity/measure.py",
    "complexity/profiles.py",
    "complexity/sweep.py",
    "syntax/captures.py",
    "syntax/names.py",
)
FIELDS = (
    "name", "line", "end_line", "cognitive", "cyclomatic", "nesting", "parameters", "lines", "own_cognitive",
    "own_cyclomatic", "start_byte", "end_byte",
)  # fmt: skip
SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, stat TEXT NOT NULL, content BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS measures (
    content BLOB NOT NULL, stamp BLOB NOT NULL, functions TEXT NOT NULL, PRIMARY KEY (content, stamp)
) WITHOUT ROWID;
"""

log = logging.getLogger(__name__)
Row = list[Any]
"""The values of FIELDS of one function."""


class Measures(NamedTuple):
    """The functions of the files that could be measured, and one sentence for each thing that could not."""

    functions: tuple[FunctionComplexity, ...]
    problems: tuple[str, ...]


class _File(NamedTuple):
    path: str
    absolute: str
    language: str
    content: bytes


def measures(
    worktree: Worktree,
    paths: Iterable[str],
    *,
    profile: str = "sonar",
    report: Callable[[str, float | None], None] = lambda *_: None,
) -> Measures:
    """Measure the files of known languages among root-relative `paths`; increments are left out.

    `report` is told how far it is, and may raise to stop.
    """
    problems: dict[str, None] = {}
    with _cache() as database:
        found = list(_files(worktree, paths, database, problems))
        stamps = {name: _stamp(name, profile) for name in {each.language for each in found}}
        known = _known(database, found, stamps)
        cold = [each for each in found if (each.content, stamps[each.language]) not in known]
        problems |= {said: None for name in {each.language for each in cold} if (said := _why_not(languages()[name]))}
        cold = [each for each in cold if _why_not(languages()[each.language]) is None]
        for number, taken in enumerate(_taken(cold, profile), 1):
            report(f"measured {min(number * CHUNK, len(cold)):,} of {len(cold):,} files", number * CHUNK / len(cold))
            fresh = [(content, stamps[language], rows) for content, language, rows in taken if content is not None]
            known |= {(content, stamp): rows for content, stamp, rows in fresh}
            _keep(database, fresh)
    functions = [
        FunctionComplexity(path=each.path, **dict(zip(FIELDS, row, strict=True)))
        for each in found
        for row in known.get((each.content, stamps[each.language]), ())
    ]
    return Measures(tuple(functions), tuple(problems))


def _files(
    worktree: Worktree, paths: Iterable[str], database: sqlite3.Connection, problems: dict[str, None]
) -> Iterator[_File]:
    """Yield the files to measure with the BLAKE3 of their contents, from the cache where their stat says the same."""
    root = os.fsencode(worktree.root)
    seen = database.execute(
        "SELECT path, stat, content FROM files WHERE path > ? AND path < ?", (root + b"/", root + b"0")
    )
    stats = {path: (stat, content) for path, stat, content in seen}
    fresh: list[tuple[bytes, str, bytes]] = []
    for path in paths:
        language = language_for(path)
        if language is None:
            continue
        absolute = worktree.path(path)
        try:
            status = os.stat(absolute)
            if status.st_size > SIZE_LIMIT:
                problems[f"{path}: larger than {SIZE_LIMIT:,} bytes"] = None
                continue
            stat = f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size} {status.st_ino}"
            before = stats.get(os.fsencode(absolute))
            if before is not None and before[0] == stat:
                content = before[1]
            else:
                with open(absolute, "rb") as file:
                    content = blake3(file.read()).digest()
                if time.time_ns() - status.st_ctime_ns > SETTLED:
                    fresh.append((os.fsencode(absolute), stat, content))
        except FileNotFoundError:
            continue
        except OSError as error:
            problems[f"{path}: {error.strerror}"] = None
            continue
        yield _File(path, absolute, language.name, content)
    _write(database, "INSERT OR REPLACE INTO files VALUES (?, ?, ?)", fresh)


def _known(
    database: sqlite3.Connection, found: Sequence[_File], stamps: dict[str, bytes]
) -> dict[tuple[bytes, bytes], list[Row]]:
    known: dict[tuple[bytes, bytes], list[Row]] = {}
    for each in found:
        key = (each.content, stamps[each.language])
        row = database.execute("SELECT functions FROM measures WHERE content = ? AND stamp = ?", key).fetchone()
        if row is not None:
            known[key] = json.loads(row[0])
    return known


def _taken(cold: Sequence[_File], profile: str) -> Iterator[list[tuple[bytes | None, str, list[Row]]]]:
    """Yield what was measured, a chunk at a time, in this process or by a pool."""
    chunks = [
        ([(each.absolute, each.language) for each in cold[start : start + CHUNK]], profile)
        for start in range(0, len(cold), CHUNK)
    ]
    if len(cold) < POOL_FROM or (os.cpu_count() or 1) < 2:
        yield from map(_measured, chunks)
        return
    with _pool() as pool:
        yield from pool.map(_measured, chunks)


@contextmanager
def _pool() -> Iterator[Executor]:
    pool = ProcessPoolExecutor(mp_context=multiprocessing.get_context("forkserver"), initializer=_alone)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _alone() -> None:
    """Let go of the editor's error stream, and end with the process that asked."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def _measured(chunk: tuple[list[tuple[str, str]], str]) -> list[tuple[bytes | None, str, list[Row]]]:
    """Return content, language and functions of each file of a chunk."""
    named, profile = chunk
    return [_one(path, language, profile) for path, language in named]


def _one(path: str, language: str, profile: str) -> tuple[bytes | None, str, list[Row]]:
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError:
        return None, language, []
    functions = measure("", source, load(languages()[language]), profile=profile, increments=False)
    rows = [[getattr(each, name) for name in FIELDS] for each in functions]
    return blake3(source).digest(), language, rows


def _keep(database: sqlite3.Connection, fresh: Sequence[tuple[bytes, bytes, list[Row]]]) -> None:
    rows = [(content, stamp, json.dumps(functions, separators=(",", ":"))) for content, stamp, functions in fresh]
    _write(database, "INSERT OR REPLACE INTO measures VALUES (?, ?, ?)", rows)


def _write(database: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write to the cache; where that fails the measures are as good, only not kept."""
    if not rows:
        return
    with suppress(sqlite3.Error), database:
        database.executemany(statement, rows)


@contextmanager
def _cache() -> Iterator[sqlite3.Connection]:
    """Open the cache of this person; a damaged one is made anew, and where none is to be had it lasts for the call."""
    connection = None
    path = cache_folder() / "complexity.db"
    for attempt in (str(path), str(path), ":memory:"):
        try:
            connection = sqlite3.connect(attempt, timeout=5)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(SCHEMA)
            break
        except sqlite3.Error as error:
            log.warning("the cache %s cannot be used: %s", attempt, error)
            if connection is not None:
                connection.close()
            if "malformed" in str(error) or "not a database" in str(error):
                path.unlink(missing_ok=True)
    assert connection is not None
    try:
        yield connection
    finally:
        connection.close()


@cache
def _stamp(name: str, profile: str) -> bytes:
    """Return what the measures of a language depend on besides the file, hashed."""
    language = languages()[name]
    said = (
        language.query, wheel_of(language), repr(language.name_fields), repr(language.receivers),
        str(language.calls_have_brackets), profile,
    )  # fmt: skip
    return blake3(b"\0".join((*_engine(), *(each.encode() for each in said)))).digest(16)


@cache
def _engine() -> tuple[bytes, ...]:
    return tuple(files(autonav_analysis).joinpath(each).read_bytes() for each in ENGINE)


@cache
def _why_not(language: Language) -> str | None:
    """Return why a language cannot be measured here, None where it can."""
    try:
        load(language)
    except GrammarUnavailable as error:
        return str(error)
    return None
