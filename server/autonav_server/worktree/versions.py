"""The versions a task's files went through: every content that a look sees is kept, so that none is lost."""

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from autonav_protocol.values.change import FileChange
from autonav_server.worktree.atomic import read_image
from autonav_server.worktree.worktree import Worktree

LARGEST, MOST_BYTES, MOST_FILES = 4 * 2**20, 64 * 2**20, 2_000
"""One file, and all files of one look, that are kept at most; what is left out is counted."""


class Kept(NamedTuple):
    """Paths with the BLAKE3 and git's mode of what is new there ("" where the file is gone).

    `left_out` is how many contents were too much.
    """

    files: tuple[tuple[str, str, str], ...]
    left_out: int


def keep(worktree: Worktree, files: Iterable[FileChange], known: Mapping[str, str]) -> Kept:
    """Keep the contents that are not `known` by path, and return what is new."""
    new = [file for file in files if known.get(file.path) != file.image]
    contents: list[bytes] = []
    total = 0
    for file in new[:MOST_FILES]:
        path = worktree.path(file.path)
        if not file.image or _size(path) > min(LARGEST, MOST_BYTES - total):
            continue
        found = read_image(path)
        if found is not None and found.digest == file.image:
            contents.append(found.data)
            total += len(found.data)
    kept = set(worktree.store.put_many(contents))
    listed = tuple((file.path, file.image, file.after.mode if file.after else "") for file in new[:MOST_FILES])
    missing = sum(image not in kept for _, image, _ in listed if image)
    return Kept(listed, missing + len(new) - len(listed))


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0
