"""Where AutoNav keeps things on this machine, by the XDG base directory specification.

Imports nothing heavy: the attach client and hooks need a socket path within milliseconds.
"""

import os
import stat
import tempfile
from pathlib import Path

from autonav_protocol.errors import Refused


def find_root(path: str) -> str:
    """Return the real path of the worktree that holds `path`: the folder with `.git`, else the folder itself."""
    start = Path(os.path.realpath(path))
    folder = start if start.is_dir() else start.parent
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return str(each)
    return str(folder)


def worktree_id(root: str) -> str:
    """Return a short name for a worktree, made from its real path."""
    from blake3 import blake3

    return blake3(os.fsencode(os.path.realpath(root))).hexdigest(length=8)


def socket_path(root: str) -> str:
    """Return the path of the socket on which a server of this worktree listens."""
    return str(private_folder(runtime_folder()) / f"{worktree_id(root)}.sock")


def data_folder() -> Path:
    """Return the folder for what must last and belongs to no repository (trust, stores of plain folders)."""
    return private_folder(_xdg("XDG_DATA_HOME", ".local/share"))


def cache_folder() -> Path:
    """Return the folder for what can be made again."""
    return private_folder(_xdg("XDG_CACHE_HOME", ".cache"))


def config_folder() -> Path:
    """Return where the person's own settings lie; it is never created."""
    return _xdg("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Return the folder for logs."""
    return private_folder(_xdg("XDG_STATE_HOME", ".local/state"))


def private_folder(path: Path) -> Path:
    """Make `path` with mode 0700 and return it; refuse one that belongs to somebody else or is a link."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Refused(f"{path} is not a folder of yours", "remove it, or set the XDG variables to folders of yours")
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def _xdg(variable: str, default: str) -> Path:
    base = os.environ.get(variable, "")
    return (Path(base) if os.path.isabs(base) else Path.home() / default) / "autonav"


def runtime_folder() -> Path:
    """Return the folder for what lives no longer than the session; it may have to be made, private."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(base) and os.access(base, os.W_OK):
        return Path(base) / "autonav"
    return Path(tempfile.gettempdir()) / f"autonav-{os.getuid()}"
