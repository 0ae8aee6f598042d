"""What the commits of a branch came to, and what work on some files is likely to come to."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import median, quantiles
from typing import NamedTuple

from autonav_analysis.contracts.globs import deciding_glob
from autonav_analysis.routing.score import Prediction, Signals, predicted, route
from autonav_analysis.routing.work import Work
from autonav_protocol.errors import NotFound
from autonav_protocol.values.route import Route
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.measures import measures
from autonav_server.worktree.worktree import Worktree

COMMITS = 500
MOST_FILES = 1_000
"""A commit of more files is an import or a reformatting, and no task."""

ENOUGH_ALIKE = 5
LOG = ("log", "--no-merges", "--no-renames", "--format=%x01%H%x02", "-z")
WILD = frozenset("*?[!")


class Commit(NamedTuple):
    """Paths with the lines that were added and removed in each, and which of them were new."""

    lines: Mapping[str, int]
    new: Collection[str]


def routed(
    worktree: Worktree,
    globs: Sequence[str],
    threshold: float,
    signals: Signals,
    report: Callable[[str, float | None], None] = lambda *_: None,
) -> Route:
    """Return the route of work on files, by this branch's past commits and the functions as they are."""
    listed = listed_files(worktree)
    inside = [path for path in listed if deciding_glob(tuple(globs), path)]
    if not inside and _is_wide(globs):
        raise NotFound(f"no file of {worktree.root} matches {', '.join(globs)}", "name files or globs of files")
    hardest: dict[str, int] = {}
    for each in measures(worktree, listed, report=report).functions:
        hardest[each.path] = max(each.cognitive, hardest.get(each.path, 0))
    past = commits(worktree)
    history = [work_of(each, hardest) for each in past]
    return route(predict(globs, inside, past, hardest), history, threshold=threshold, signals=signals)


def lines_by_commit(worktree: Worktree, *limits: str) -> dict[str, dict[str, int]]:
    """Return for each commit of this branch the lines it changed in each path, newest first; binary files have none.

    `limits` are arguments of `git log`. Merges are left out and renames are not followed.
    """
    listed = worktree.git.text(*LOG, *limits, "--numstat", check=False)
    return {commit: _lines(rows) for commit, rows in _by_commit(listed).items()}


def commits(worktree: Worktree, last: int = COMMITS) -> list[Commit]:
    """Return the last commits of this branch, newest first, merges left out and renames not followed."""
    limit = f"--max-count={last}"
    added = _by_commit(worktree.git.text(*LOG, limit, "--name-only", "--diff-filter=A", check=False))
    found = [
        Commit(lines, frozenset(added.get(commit, ()))) for commit, lines in lines_by_commit(worktree, limit).items()
    ]
    return [each for each in found if 0 < len(each.lines) <= MOST_FILES]


def work_of(commit: Commit, hardest: Mapping[str, int]) -> Work:
    """Return the features of a commit; `hardest` has for each path the most complex function, as it is now."""
    return Work(
        lines=sum(commit.lines.values()),
        files=len(commit.lines),
        folders=len({os.path.dirname(path) for path in commit.lines}),
        new_files=len(commit.new),
        hardest=max((hardest.get(path, 0) for path in commit.lines), default=0),
    )


def predict(
    globs: Sequence[str], inside: Collection[str], past: Sequence[Commit], hardest: Mapping[str, int]
) -> Prediction:
    """Return what work on files is likely to come to.

    Files that are named are all taken to be touched, each as it usually is. Of wider globs, past commits
    that stayed in scope, for the most part, say how much of it a task takes; where there are too few
    the bounds are one file and all of them, and any past commit says the middle.
    """
    named = not _is_wide(globs)
    alike = [] if named else [each for each in past if _is_in_scope(each, globs)]
    if len(alike) >= ENOUGH_ALIKE:
        return predicted([work_of(each, hardest) for each in alike])
    usual = _usual_lines(past)
    new = [glob.removeprefix("/") for glob in globs if glob.removeprefix("/") not in inside] if named else []
    paths = [*inside, *new]
    whole = [_on(paths, new, usual, hardest, quarter) for quarter in range(3)]
    if named:
        return Prediction(*whole)
    one = min(_on([path], [], usual, hardest, 0) for path in paths)
    return Prediction(one, predicted([work_of(each, hardest) for each in past]).middle, whole[2])


def _is_wide(globs: Sequence[str]) -> bool:
    return any(WILD & set(glob) or glob.endswith("/") for glob in globs)


def _on(
    paths: Sequence[str],
    new: Collection[str],
    usual: Mapping[str, Sequence[float]],
    hardest: Mapping[str, int],
    quarter: int,
) -> Work:
    return Work(
        lines=sum(usual.get(path, usual[""])[quarter] for path in paths),
        files=len(paths),
        folders=len({os.path.dirname(path) for path in paths}),
        new_files=len(new),
        hardest=max((hardest.get(path, 0) for path in paths), default=0),
    )


def _usual_lines(past: Sequence[Commit]) -> dict[str, Sequence[float]]:
    """Return for each path the quartiles of the lines that commits changed in it; under "" those of any file."""
    by_path: dict[str, list[int]] = {}
    every: list[int] = []
    for commit in past:
        for path, lines in commit.lines.items():
            by_path.setdefault(path, []).append(lines)
            every.append(lines)
    found: dict[str, Sequence[float]] = {path: _quartiles(lines) for path, lines in by_path.items() if len(lines) > 2}
    found[""] = _quartiles(every or [10])
    return found


def _quartiles(values: Sequence[float]) -> Sequence[float]:
    return quantiles(values, n=4, method="inclusive") if len(values) > 1 else (values[0], median(values), values[0])


def _is_in_scope(commit: Commit, globs: Sequence[str]) -> bool:
    inside = sum(deciding_glob(tuple(globs), path) is not None for path in commit.lines)
    return inside * 2 > len(commit.lines)


def _by_commit(listed: str) -> dict[str, list[str]]:
    sections = (each.partition("\2") for each in listed.split("\1")[1:])
    return {commit: [row for each in rest.split("\0") if (row := each.strip("\n"))] for commit, _, rest in sections}


def _lines(rows: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        added, removed, path = row.split("\t", 2)
        found[path] = sum(int(each) for each in (added, removed) if each.isdigit())
    return found
