"""What became of applied candidates on the branch that is checked out, as git tells it by content."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from autonav_analysis.learning.outcomes import Hunk, hunks, verdict
from autonav_protocol.operations.outcome import Became
from autonav_server.worktree.worktree import Worktree

DAYS = 7
"""So long a change must have stood on the branch before it is judged."""

BEFORE_RECORD = timedelta(minutes=1)
"""A commit is made before the ledger says so."""


class Applied(NamedTuple):
    """A candidate that became a commit: when, on which commit, and the diff that was proved."""

    at: datetime
    commit: str
    head: str
    diff: str


class Judged(NamedTuple):
    """What became of it, and at which commit that was seen, "" where it was not judged."""

    became: Became
    commit: str = ""


class _Commit(NamedTuple):
    name: str
    at: datetime


def judged(worktree: Worktree, applied: Applied, today: datetime) -> Judged:
    """Judge an applied candidate at the first commit that is seven days younger than its arrival on this branch.

    It arrived with the first commit whose files say what it says, whatever that commit is called: a merge, a rebase, a
    squash. Where it was changed as it was merged, its own commit must be part of the branch.
    """
    changed = hunks(applied.diff)
    line = _line(worktree, applied.at - BEFORE_RECORD)
    arrived = _arrival(worktree, applied, changed, line)
    if arrived is None and not _contains_commit(worktree, applied.commit):
        return Judged("too young" if today < applied.at + timedelta(DAYS) else "not merged")
    due = max(applied.at, arrived or applied.at) + timedelta(DAYS)
    later = [each.name for each in line if each.at >= due]
    if not later and today < due:
        return Judged("too young")
    commit = later[0] if later else worktree.git.line("rev-parse", "HEAD")
    return Judged(verdict(changed, _texts(worktree, applied.head, commit, changed)), commit)


def _line(worktree: Worktree, since: datetime) -> list[_Commit]:
    """Return the commits of this branch since a time, oldest first, what was merged into it left out."""
    return _commits(worktree, since, ())


def _arrival(
    worktree: Worktree, applied: Applied, changed: Mapping[str, Sequence[Hunk]], line: Sequence[_Commit]
) -> datetime | None:
    """Return when the branch first said what the change says."""
    if not line:
        return None
    paths = {*changed, *_names(worktree, applied.head, line[-1].name, changed).values()}
    for each in _commits(worktree, applied.at - BEFORE_RECORD, sorted(paths)):
        if verdict(changed, _texts(worktree, applied.head, each.name, changed)) == "kept":
            return each.at
    return None


def _commits(worktree: Worktree, since: datetime, paths: Sequence[str]) -> list[_Commit]:
    told = worktree.git.text(
        "--literal-pathspecs", "rev-list", "--first-parent", "--timestamp", "--reverse",
        f"--since={int(since.timestamp())}", "HEAD", "--", *paths, check=False,
    )  # fmt: skip
    rows = (row.split() for row in told.splitlines())
    return [_Commit(name, datetime.fromtimestamp(int(seconds), UTC)) for seconds, name in rows]


def _texts(worktree: Worktree, head: str, commit: str, paths: Mapping[str, object]) -> dict[str, str]:
    """Return what files say at a commit, also under the names that they have there."""
    found = {path: text for path in paths if (text := _text(worktree, commit, path)) is not None}
    if gone := [path for path in paths if path not in found]:
        names = _names(worktree, head, commit, gone)
        found |= {path: text for path, name in names.items() if (text := _text(worktree, commit, name)) is not None}
    return found


def _text(worktree: Worktree, commit: str, path: str) -> str | None:
    read = worktree.git("cat-file", "blob", f"{commit}:{path}", check=False)
    return None if read.returncode else read.stdout.decode("utf-8", "surrogateescape")


def _names(worktree: Worktree, head: str, commit: str, paths: Sequence[str] | Mapping[str, object]) -> dict[str, str]:
    """Return the names that files of `head` have at a commit, of those that were renamed."""
    if not head:
        return {}
    told = worktree.git.text(
        "diff", "--no-ext-diff", "--name-status", "-z", "--find-renames", "--diff-filter=R", head, commit, check=False
    )
    words = told.split("\0")
    renamed = dict(zip(words[1::3], words[2::3], strict=False))
    return {path: renamed[path] for path in paths if path in renamed}


def _contains_commit(worktree: Worktree, commit: str) -> bool:
    return worktree.git("merge-base", "--is-ancestor", commit, "HEAD", check=False).returncode == 0
