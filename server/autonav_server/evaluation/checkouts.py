"""Checkouts: a git tree as files in a temporary folder, one for each worker, none left behind."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping

from autonav_server.confinement import cgroups
from autonav_server.confinement.owners import is_gone, this_process
from autonav_server.worktree.git import Git

PREFIX = "autonav-checkouts-"
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - mkdtemp makes the folder private
ENOUGH = 512 << 20


def make_home() -> str:
    """Return a new private folder for checkouts, in memory where there is room; its name says whose it is."""
    reap_leftovers()
    return tempfile.mkdtemp(prefix=f"{PREFIX}{this_process()}-", dir=_base())


def remove_home(home: str) -> None:
    """Remove the folder of a process that goes; what its other threads still write to has no place any more."""
    gone = f"{home}-gone"
    with contextlib.suppress(OSError):
        os.rename(home, gone)
    shutil.rmtree(gone, ignore_errors=True)


def reap_leftovers() -> None:
    """Remove the folders and control groups of processes that are gone."""
    cgroups.reap_leftovers()
    for base in {SHARED_MEMORY, tempfile.gettempdir()}:
        with contextlib.suppress(OSError):
            for name in os.listdir(base):
                if name.startswith(PREFIX) and is_gone(name.removeprefix(PREFIX)):
                    shutil.rmtree(os.path.join(base, name), ignore_errors=True)


def materialise(root: str, environment: Mapping[str, str], tree: str, home: str, name: str) -> str:
    """Write a git tree into a new folder of `home` and return its path.

    `environment` tells git where the objects are.
    """
    folder = os.path.join(home, name)
    os.mkdir(folder, 0o700)
    git = Git(root, {**environment, "GIT_INDEX_FILE": os.path.join(home, f"{name}.index")})
    git("read-tree", tree)
    git("checkout-index", "-a", f"--prefix={folder}{os.sep}")
    return folder


def _base() -> str:
    try:
        usage = shutil.disk_usage(SHARED_MEMORY)
    except OSError:
        return tempfile.gettempdir()
    return SHARED_MEMORY if usage.free > ENOUGH and os.access(SHARED_MEMORY, os.W_OK) else tempfile.gettempdir()
