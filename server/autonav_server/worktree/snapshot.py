"""Trees: the working tree exactly as it is, and reading and writing trees in a private object directory.

The person's index is copied, never used, and every object goes to a directory of our own that
only borrows from theirs; so a look leaves no trace in the repository.
"""

import os
import re
import shutil
from collections.abc import Mapping

from autonav_protocol.values.change import Entry
from autonav_server.worktree.git import Git
from autonav_server.worktree.worktree import Worktree

Tree = dict[str, Entry]
FILTER = re.compile(r"^filter\.(.+)\.(?:clean|smudge|process|required)$", re.DOTALL)


def private_git(worktree: Worktree, *, run_filters: bool = False) -> Git:
    """Return git writing to our object directory, the person's as alternate.

    Unless `run_filters`, every configured filter driver is made a no-op: drivers are programs.
    """
    objects = os.path.join(worktree.private, "objects")
    os.makedirs(objects, mode=0o700, exist_ok=True)
    environment = {
        "GIT_OBJECT_DIRECTORY": objects,
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(worktree.common_dir, "objects"),
        "GIT_INDEX_FILE": os.path.join(worktree.private, "index"),
    }
    if not run_filters:
        environment |= _filters_off(worktree.git)
    return worktree.git.with_env(**environment)


def working_tree(worktree: Worktree, *, run_filters: bool = False) -> Tree:
    """Return every path that git does not ignore, with the mode and object it would be committed as.

    The contents are stored on the way. Bits that hide edits (assume-unchanged, skip-worktree on
    a file that exists) are cleared in our copy of the index.
    """
    git = private_git(worktree, run_filters=run_filters)
    index = git.environment["GIT_INDEX_FILE"]
    _copy_index(os.path.join(worktree.git_dir, "index"), index)
    hidden = [path for path in _flagged(git) if os.path.lexists(os.path.join(worktree.root, path))]
    if hidden:
        names = "\0".join(hidden)
        git("update-index", "--no-assume-unchanged", "-z", "--stdin", stdin=os.fsencode(names))
        git("update-index", "--no-skip-worktree", "-z", "--stdin", stdin=os.fsencode(names))
    git("add", "-A", "--ignore-errors", "--sparse", ".", check=False)
    return parse_stage(git.text("ls-files", "-s", "-z"))


def sparse_paths(worktree: Worktree) -> frozenset[str]:
    """Return the paths that sparse-checkout keeps out of the working tree."""
    listed = worktree.git.text("ls-files", "-t", "-z")
    return frozenset(each[2:] for each in listed.split("\0") if each.startswith("S"))


def read_tree(git: Git, revision: str) -> Tree:
    """Return the tree of a revision; the empty revision has the empty tree."""
    if not revision:
        return {}
    found: Tree = {}
    for line in git.text("ls-tree", "-rz", "--full-tree", revision).split("\0"):
        if line:
            head, path = line.split("\t", 1)
            mode, _, oid = head.split()
            found[path] = Entry(mode, oid)
    return found


def write_tree(worktree: Worktree, tree: Mapping[str, Entry]) -> str:
    """Write a tree into our object directory and return its id."""
    git = private_git(worktree).with_env(GIT_INDEX_FILE=os.path.join(worktree.private, "index.write"))
    rows = "".join(f"{entry.mode} {entry.oid}\t{path}\0" for path, entry in tree.items())
    git("read-tree", "--empty")
    git("update-index", "-z", "--index-info", stdin=os.fsencode(rows))
    return git.text("write-tree", "--missing-ok").strip()


def write_blob(worktree: Worktree, data: bytes) -> str:
    """Store bytes as they are and return git's name for them."""
    return private_git(worktree).text("hash-object", "-w", "--no-filters", "--stdin", stdin=data).strip()


def read_blob(git: Git, oid: str) -> bytes:
    """Return the bytes of a blob."""
    return git("cat-file", "blob", oid).stdout


def parse_stage(listed: str) -> Tree:
    """Return `git ls-files -s -z` as a tree."""
    found: Tree = {}
    for line in listed.split("\0"):
        if line:
            head, path = line.split("\t", 1)
            mode, oid, _ = head.split()
            found[path] = Entry(mode, oid)
    return found


def _copy_index(source: str, target: str) -> None:
    """Copy the index with its time stamps: git's rule for racy entries compares against them."""
    for leftover in (target, f"{target}.lock"):
        if os.path.exists(leftover):
            os.unlink(leftover)
    if os.path.exists(source):
        shutil.copy2(source, target)


def _flagged(git: Git) -> list[str]:
    listed = git.text("ls-files", "-v", "-z").split("\0")
    return [each[2:] for each in listed if each and (each[0].islower() or each[0] == "S")]


def _filters_off(git: Git) -> dict[str, str]:
    listed = git.text("config", "--null", "--name-only", "--get-regexp", r"^filter\.", check=False)
    drivers = dict.fromkeys(match[1] for name in listed.split("\0") if (match := FILTER.match(name)))
    pairs = [
        (f"filter.{driver}.{key}", value)
        for driver in drivers
        for key, value in (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    ]
    environment = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment if pairs else {}
