"""A worktree: one checked-out git working tree or plain folder, and the identity of everything kept about it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autonav_protocol.errors import NotFound, Refused
from autonav_server.worktree.git import Git
from autonav_server.worktree.paths import data_folder, find_root, private_folder, worktree_id
from autonav_server.worktree.store import Store


@dataclass(frozen=True)
class Worktree:
    """A worktree that is open.

    `root` is its real path. `git` works in plain folders too: there it drives a repository of
    our own that lies in the store. `git_dir` belongs to this worktree alone, `common_dir` to all
    linked ones. `private` is a folder of ours for this worktree: private index, private objects.
    """

    root: str
    id: str
    git: Git
    git_dir: str
    common_dir: str
    has_git: bool
    private: str
    store: Store

    def path(self, relative: str) -> str:
        """Return the absolute path of a path relative to the root; refuse one that leads outside."""
        absolute = os.path.normpath(os.path.join(self.root, relative))
        if absolute != self.root and not absolute.startswith(self.root + os.sep):
            raise Refused(f"{relative} lies outside the worktree {self.root}")
        parent = os.path.realpath(os.path.dirname(absolute))
        if parent != self.root and not (parent + os.sep).startswith(self.root + os.sep):
            raise Refused(f"{relative} leads outside the worktree through a symbolic link")
        return absolute

    def relative(self, path: str) -> str:
        """Return `path` (absolute, or relative to the root) as the root-relative path with `/`."""
        absolute = self.path(path) if os.path.isabs(path) else self.path(os.path.join(self.root, path))
        return os.path.relpath(absolute, self.root).replace(os.sep, "/")

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold our private index and objects alone, against other threads and other processes."""
        handle = os.open(os.path.join(self.private, "lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def open_worktree(path: str) -> Worktree:
    """Open the worktree that holds `path`.

    Raises NotFound where there is no such folder or it is a bare repository, and Refused where
    git does not accept the owner of the repository.
    """
    if not os.path.exists(path):
        raise NotFound(f"{path} does not exist")
    root = find_root(path)
    git = Git(root)
    found = git("rev-parse", "--absolute-git-dir", "--git-common-dir", "--is-inside-work-tree", check=False)
    if found.returncode == 0:
        git_dir, common, inside = os.fsdecode(found.stdout).splitlines()
        if inside != "true":
            raise NotFound(f"{root} is a bare repository", "open one of its worktrees")
        return _open(root, git, os.path.realpath(git_dir), os.path.realpath(os.path.join(root, common)))
    words = found.stderr.decode("utf-8", "replace")
    if "dubious ownership" in words:
        raise Refused(f"git does not trust the owner of {root}", f"git config --global --add safe.directory {root}")
    if os.path.exists(os.path.join(root, ".git")):
        raise Refused(f"git cannot use the repository in {root}: {words.strip().splitlines()[-1:]}")
    return _open_plain(root)


def _open(root: str, git: Git, git_dir: str, common_dir: str) -> Worktree:
    identity = worktree_id(root)
    store = Store(os.path.join(common_dir, "autonav"))
    private = private_folder(Path(store.directory) / "worktrees" / identity)
    return Worktree(root, identity, git, git_dir, common_dir, True, str(private), store)


def _open_plain(root: str) -> Worktree:
    identity = worktree_id(root)
    store = Store(str(data_folder() / "folders" / identity))
    private = private_folder(Path(store.directory) / "worktrees" / identity)
    git_dir = str(private / "synthetic.git")
    if not os.path.isdir(git_dir):
        Git(root)("init", "--quiet", "--bare", git_dir)
    git = Git(root).with_env(GIT_DIR=git_dir, GIT_WORK_TREE=root)
    return Worktree(root, identity, git, git_dir, git_dir, False, str(private), store)
