"""The features of a piece of work, done or to be done."""

from typing import NamedTuple


class Work(NamedTuple):
    """How much: lines added and removed, files, folders, new files, and the hardest function of the files."""

    lines: float = 0
    files: float = 0
    folders: float = 0
    new_files: float = 0
    hardest: float = 0
