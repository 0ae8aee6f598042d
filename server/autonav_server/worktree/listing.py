"""Which files a worktree has, as git sees them."""

import os
from collections.abc import Iterable

from autonav_protocol.errors import NotFound
from autonav_server.worktree.worktree import Worktree


def listed_files(worktree: Worktree, paths: Iterable[str] = ()) -> list[str]:
    """Return the root-relative files under `paths` (all, when none is given), ignored ones and links left out.

    A path may be relative to the current folder, as on a command line, or to the root. Raises
    NotFound for one that does not exist.
    """
    wanted = [_relative(worktree, path) for path in paths]
    listed = worktree.git.text("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *wanted)
    found = dict.fromkeys(path for path in listed.split("\0") if path)
    # A file named by hand is taken even where git ignores it.
    found |= dict.fromkeys(path for path in wanted if os.path.isfile(worktree.path(path)))
    return [path for path in found if os.path.isfile(worktree.path(path)) and not os.path.islink(worktree.path(path))]


def _relative(worktree: Worktree, path: str) -> str:
    for base in (os.getcwd(), worktree.root):
        absolute = os.path.realpath(os.path.join(base, path))
        if os.path.exists(absolute) and (absolute + os.sep).startswith(worktree.root + os.sep):
            return os.path.relpath(absolute, worktree.root)
    raise NotFound(f"{path} does not exist in {worktree.root}")
