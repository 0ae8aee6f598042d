"""Writing one path of a worktree at once or not at all, and reading what stands there."""

import contextlib
import os
import stat
import tempfile
from typing import NamedTuple

from blake3 import blake3


class Image(NamedTuple):
    """What stands at a path: git's mode text and the bytes (a link's target for 120000)."""

    mode: str
    data: bytes

    @property
    def digest(self) -> str:
        """The BLAKE3 of the bytes, hex."""
        return blake3(self.data).hexdigest()


def read_image(path: str) -> Image | None:
    """Return what stands at `path`, None where nothing does or it is a folder."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return Image("120000", os.fsencode(os.readlink(path)))
        if not stat.S_ISREG(found.st_mode):
            return None
        with open(path, "rb") as file:
            return Image("100755" if found.st_mode & 0o100 else "100644", file.read())
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_atomically(path: str, data: bytes, mode: str) -> None:
    """Put a file (or, for mode 120000, a symbolic link) at `path` by a rename in the same folder.

    An existing file keeps its other permission bits.
    """
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    if mode == "120000":
        name = tempfile.mktemp(dir=folder, prefix=".autonav-")  # noqa: S306 - symlink() itself refuses to overwrite
        os.symlink(os.fsdecode(data), name)
    else:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".autonav-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, _permissions(path, executable=mode == "100755"))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    try:
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def remove(path: str, root: str) -> None:
    """Remove a file or link, and the folders above it, below `root`, that became empty."""
    os.unlink(path)
    folder = os.path.dirname(path)
    while folder.startswith(root + os.sep):
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def _permissions(path: str, *, executable: bool) -> int:
    try:
        found = os.lstat(path)
        kept = stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else _default()
    except OSError:
        kept = _default()
    return kept | (kept & 0o444) >> 2 if executable else kept & ~0o111


def _default() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
