"""A copy of a checkout to work in, thrown away afterwards, and what was changed in it, byte by byte."""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from blake3 import blake3

from autonav_protocol.errors import AutonavError
from autonav_server.worktree.git import Git

CACHES = frozenset(
    (
        ".git",
        "__pycache__",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
        ".tox",
        ".nox",
        "node_modules",
    )
)
"""Folders that tools leave behind; what becomes of them is not looked at, and counts for nothing."""

LARGEST = 16 << 20
MOST_CHANGED = 1000


@dataclass(frozen=True)
class Throwaway:
    """A copy. `folder` is where it lies, `brief` a file beside it, `home` the folder of both, which goes with them.

    `before` has the state of each file at the start.
    """

    home: str
    folder: str
    brief: str
    before: Mapping[str, bytes]


@dataclass(frozen=True)
class Changes:
    """What differs from the start: files as they are now, None where they are gone, and what cannot be taken."""

    contents: Mapping[str, bytes | None]
    problem: str


@contextlib.contextmanager
def throwaway(checkout: str, files: Mapping[str, bytes], brief: str) -> Iterator[Throwaway]:
    """Copy a checkout, put `files` into the copy, and remove all of it in the end.

    It lies beside the checkout, so that whoever removes what a killed server left behind removes this too.
    """
    home = os.path.realpath(tempfile.mkdtemp(prefix="proposer-", dir=os.path.dirname(os.path.abspath(checkout))))
    try:
        folder, text = os.path.join(home, "worktree"), os.path.join(home, "brief.md")
        shutil.copytree(checkout, folder, symlinks=True, ignore=_left_out)
        for path, data in files.items():
            target = os.path.join(folder, path)
            if os.path.realpath(target) != target:  # it would be written where a link leads
                continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(data)
        with open(text, "w", encoding="utf-8", errors="replace") as file:
            file.write(brief)
        yield Throwaway(home, folder, text, {path: _state(os.path.join(folder, path)) for path in _paths(folder)})
    finally:
        _remove(home)


def changes(place: Throwaway) -> Changes:
    """Return what differs from the start; nothing may run in the copy any more.

    New files that git ignores, such as an environment that was installed, are left out.
    """
    now = {path: os.path.join(place.folder, path) for path in _paths(place.folder)}
    # git would wait for ever on a pipe of that name.
    for path, absolute in now.items():
        if os.path.basename(path) == ".gitignore" and not _is_plain(absolute):
            return Changes({}, f"{path} became a link or a device")
    ignored = _ignored(place, [path for path in now if path not in place.before])
    found = [
        path for path in now.keys() - ignored if path not in place.before or place.before[path] != _state(now[path])
    ]
    if len(found) > MOST_CHANGED:
        return Changes({}, f"it changes more than {MOST_CHANGED} files")
    contents: dict[str, bytes | None] = dict.fromkeys(place.before.keys() - now.keys())
    for path in sorted(found):
        if not _is_plain(now[path]):
            return Changes({}, f"{path} became a link or a device")
        if os.lstat(now[path]).st_size > LARGEST:
            return Changes({}, f"{path} is larger than {LARGEST >> 20} MiB")
        with open(now[path], "rb") as file:
            contents[path] = file.read()
    return Changes(contents, "")


def _paths(folder: str) -> Iterator[str]:
    """Yield what is no folder below one, links to folders too; what tools keep is passed over."""
    for here, folders, names in os.walk(folder):
        inside = os.path.relpath(here, folder)
        linked = [name for name in folders if os.path.islink(os.path.join(here, name))]
        folders[:] = [name for name in folders if name not in linked and name not in CACHES]
        for name in sorted([*names, *linked]):
            yield os.path.normpath(os.path.join(inside, name))


def _left_out(here: str, names: list[str]) -> list[str]:
    """Return what is not copied: git's own folder, and what is no file."""
    kept = (stat.S_ISREG, stat.S_ISLNK, stat.S_ISDIR)
    modes = {name: os.lstat(os.path.join(here, name)).st_mode for name in names}
    return [name for name, mode in modes.items() if name == ".git" or not any(kind(mode) for kind in kept)]


def _is_plain(path: str) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


def _state(path: str) -> bytes:
    """Return what differs where a file was changed: its bytes' hash, and of large ones what no program can set."""
    seen = os.lstat(path)
    if stat.S_ISLNK(seen.st_mode):
        return b"link " + os.fsencode(os.readlink(path))
    if not stat.S_ISREG(seen.st_mode):
        return b"device"
    if seen.st_size > LARGEST:
        return b"large %d %d %d" % (seen.st_size, seen.st_ino, seen.st_ctime_ns)
    with open(path, "rb") as file:
        return blake3(file.read()).digest()


def _ignored(place: Throwaway, paths: list[str]) -> set[str]:
    """Return the paths that git ignores, none where it cannot be asked. Its own folder lies where nobody else wrote."""
    if not paths:
        return set()
    own = os.path.join(place.home, "ignored.git")
    try:
        Git(place.home)("init", "--quiet", "--bare", own)
        # check-ignore fails where pathspecs are to be literal.
        git = Git(place.folder, {"GIT_DIR": own, "GIT_WORK_TREE": place.folder, "GIT_LITERAL_PATHSPECS": "0"})
        said = git("check-ignore", "-z", "--stdin", "--no-index", stdin=os.fsencode("\0".join(paths)), check=False)
    except AutonavError:
        return set()
    return {path for path in os.fsdecode(said.stdout).split("\0") if path}


def _remove(folder: str) -> None:
    for here, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):  # a folder may have been made unreadable
            os.chmod(here, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
