"""Reading what the rules need of the rest of a worktree, and only where a change asks for it."""

from collections.abc import Collection, Sequence
from typing import Literal

from autonav_analysis.audit.dependencies import is_lock, is_manifest, packages_in
from autonav_analysis.audit.notices import notices_added
from autonav_protocol.settings import Settings
from autonav_protocol.values.audit import AuditedFile, Surroundings
from autonav_server.auditing.installed import installed
from autonav_server.worktree.listing import listed_files
from autonav_server.worktree.worktree import Worktree

MOST_BYTES = 1 << 23
"""Of a lock file that is read; some are large."""


def surroundings(
    worktree: Worktree, texts: Sequence[AuditedFile], settings: Settings, *, closing: bool
) -> Surroundings:
    """Return what the rest of the worktree says of the packages and licence notices that a change adds."""
    named = _packages(texts, "after")
    before = _packages(texts, "before")
    if new := named - before:
        before |= _elsewhere(worktree, {file.path for file in texts})
        new -= before
    interpreter = settings.python.interpreter
    licences = installed(worktree.root, settings.licences, interpreter=interpreter, names=new) if new else ()
    notices = {each.name for file in texts for each in notices_added(file)}
    return Surroundings(
        dependencies=frozenset(before),
        licences=licences,
        notices=_standing(worktree, notices, texts),
        closing=closing,
    )


def _packages(texts: Sequence[AuditedFile], which: Literal["before", "after"]) -> set[str]:
    """Return the packages that the changed manifests name, and before the change their locks too."""
    read = (file for file in texts if is_manifest(file.path) or (which == "before" and is_lock(file.path)))
    return {each for file in read for each in packages_in(file.path, getattr(file, which) or b"")}


def _elsewhere(worktree: Worktree, changed: Collection[str]) -> set[str]:
    """Return the packages that unchanged manifests and locks name."""
    found: set[str] = set()
    for path in listed_files(worktree):
        if path not in changed and (is_manifest(path) or is_lock(path)):
            try:
                with open(worktree.path(path), "rb") as file:
                    found |= packages_in(path, file.read(MOST_BYTES))
            except OSError:
                continue
    return found


def _standing(worktree: Worktree, notices: Collection[str], texts: Sequence[AuditedFile]) -> frozenset[str]:
    """Return which notices stand in files that did not change, or in those that did as they were before."""
    before = b"\n".join(file.before.lower() for file in texts if file.before)
    standing = {each for each in notices if each.encode() in before}
    changed = {file.path for file in texts}
    for each in sorted({*notices} - standing):
        found = worktree.git.text(
            "grep", "-F", "-i", "-l", "-z", "--no-textconv", "--untracked", "-e", each, check=False
        )
        if any(path and path not in changed for path in found.split("\0")):
            standing.add(each)
    return frozenset(standing)
