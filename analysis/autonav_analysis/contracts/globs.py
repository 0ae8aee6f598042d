"""Gitignore-style globs of contracts and policies: the last matching line wins, `!` negates."""

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.base import GitIgnorePatternError


class GlobProblem(NamedTuple):
    """A glob that means nothing, and why."""

    glob: str
    reason: str


def deciding_glob(globs: tuple[str, ...], path: str) -> str | None:
    """Return the glob that includes `path`, or None where none does or a later one excludes it."""
    spec, kept = _compiled(globs)
    found = spec.check_file(path)
    return kept[found.index] if found.include and found.index is not None else None


def matching(globs: tuple[str, ...], paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that the globs include."""
    return tuple(path for path in paths if deciding_glob(globs, path) is not None)


def problems(globs: tuple[str, ...]) -> tuple[GlobProblem, ...]:
    """Return the globs that cannot be used; `deciding_glob` passes over them."""
    return tuple(GlobProblem(glob, reason) for glob in globs if (reason := _reason(glob)))


@lru_cache(maxsize=256)
def _compiled(globs: tuple[str, ...]) -> tuple[GitIgnoreSpec, tuple[str, ...]]:
    kept = tuple(glob for glob in globs if not _reason(glob))
    return GitIgnoreSpec.from_lines(kept), kept


@lru_cache(maxsize=1024)
def _reason(glob: str) -> str:
    if not glob.strip():
        return "is empty"
    if "\n" in glob or "\r" in glob:
        return "contains a line break"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            GitIgnoreSpec.from_lines([glob])
    except (GitIgnorePatternError, re.error) as error:
        return f"is no glob: {error}"
    return ""
