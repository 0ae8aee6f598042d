"""Whether the world moved since a candidate was verified: HEAD, and the files that the candidate touches."""

from autonav_protocol.errors import Internal
from autonav_protocol.values.candidate import Candidate
from autonav_protocol.values.change import Entry
from autonav_server.worktree.atomic import Image
from autonav_server.worktree.expected import head_of
from autonav_server.worktree.git import Git
from autonav_server.worktree.snapshot import entries_on_disk, image_on_disk, private_git, write_blob
from autonav_server.worktree.worktree import Worktree

Known = tuple[Entry | None, Entry | None]
NO_OBJECT = "000000"


def what_moved(worktree: Worktree, candidate: Candidate, *, trusted: bool) -> tuple[str, ...]:
    """Return a clause for each thing that is not as it was; a touched file may also be as the candidate has it.

    Filters run only where the worktree is trusted; elsewhere, and where one fails, a filtered file
    may be said to have changed though it did not.
    """
    head, said = head_of(worktree), []
    if head != candidate.head:
        said.append(f"HEAD moved from {_short(candidate.head)} to {_short(head)}")
    git = private_git(worktree, run_filters=trusted)
    for path, known in _touched(git, candidate).items():
        image = image_on_disk(worktree, path)
        if image is None:
            if None not in known and not _sparse(worktree, path):
                said.append(f"{path} is gone from disk")
        elif not _is_one_of(worktree, git, path, image, known):
            said.append(f"{path} changed on disk")
    return tuple(said)


def _is_one_of(worktree: Worktree, git: Git, path: str, image: Image, known: Known) -> bool:
    """Return whether a file is one of the entries, as it lies there or as git would add it."""
    settings = ("core.fileMode", "core.symlinks")
    modes = all(worktree.git.line("config", "--type=bool", name) != "false" for name in settings)
    wanted = {(each.mode if modes else "", each.oid) for each in known if each}
    mode = image.mode if modes else ""
    # As it lies there comes first: git leaves line ends alone that it finds in the index, and hash-object does not.
    if (mode, write_blob(worktree, image.data)) in wanted:
        return True
    try:
        entry = entries_on_disk(worktree, git, (path,)).get(path)
    except Internal:
        return False
    return entry is not None and (mode, entry.oid) in wanted


def _touched(git: Git, candidate: Candidate) -> dict[str, Known]:
    """Return the paths in which base and candidate differ, with both entries."""
    words = git.text("diff-tree", "-r", "-z", "--no-renames", candidate.base, candidate.tree).split("\0")
    found: dict[str, Known] = {}
    for head, path in zip(words[::2], words[1::2], strict=False):
        old_mode, new_mode, old, new, _ = head.removeprefix(":").split(" ")
        found[path] = (_entry(old_mode, old), _entry(new_mode, new))
    return found


def _entry(mode: str, oid: str) -> Entry | None:
    return None if mode == NO_OBJECT else Entry(mode, oid)


def _sparse(worktree: Worktree, path: str) -> bool:
    return worktree.git.text("ls-files", "-t", "-z", "--", path, check=False).startswith(("S ", "s "))


def _short(commit: str) -> str:
    return commit[:12] or "no commit"
