"""Trees: the working tree exactly as it is, and reading and writing trees in a private object directory.

The person's index is copied, never used, and every object goes to a directory of our own that
only borrows from theirs; so a look leaves no trace in the repository.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autonav_protocol.values.change import Entry
from autonav_server.worktree.atomic import Image, read_image
from autonav_server.worktree.git import Git
from autonav_server.worktree.worktree import Worktree

Tree = dict[str, Entry]

LINK, SUBMODULE = "120000", "160000"
UNKNOWN = "0" * 40
"""Stands for the object of a repository inside the worktree that has no commit yet."""

FILTER = re.compile(r"^filter\.(.+)\.[^.]+$", re.DOTALL)
PRIVATE_CONFIG = (
    ("core.safecrlf", "false"),  # true makes git refuse files with mixed line ends
    ("core.splitIndex", "false"),  # true makes git write a shared index into the person's git dir
)
FILTER_OFF = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
WITHOUT_CONVERSION = "* -text !eol !ident !filter !working-tree-encoding\n"


@dataclass(frozen=True)
class Snapshot:
    """The working tree as it would be committed, with what the person's index says about it.

    `unmerged` are the paths in conflict, `sparse` those that sparse-checkout keeps off the disk.
    """

    tree: Tree
    unmerged: frozenset[str]
    sparse: frozenset[str]


def private_git(worktree: Worktree, *, run_filters: bool = False) -> Git:
    """Return git writing to our object directory, the person's as alternate, and with our copy of the index.

    Unless `run_filters`, every configured filter driver is made a no-op: drivers are programs.
    """
    filters = () if run_filters else _filters_off(worktree.git)
    return worktree.git.with_env(
        **_object_directories(worktree),
        **_config((*PRIVATE_CONFIG, *filters)),
        GIT_INDEX_FILE=os.path.join(worktree.private, "index"),
    )


def plain_git(worktree: Worktree) -> Git:
    """Return git on the same objects in a git dir of ours: without the repository's settings, attributes and refs.

    Merge drivers and the like are programs; attributes may hide content from a diff.
    """
    folder = os.path.join(worktree.private, "plain.git")
    if not os.path.isdir(folder):
        _create_plain(worktree, folder)
    environment = {
        "GIT_DIR": folder,
        "GIT_INDEX_FILE": os.path.join(folder, "index"),
        "GIT_SHALLOW_FILE": os.path.join(worktree.common_dir, "shallow"),
    }
    return Git(worktree.root).with_env(**_object_directories(worktree), **environment)


def _create_plain(worktree: Worktree, folder: str) -> None:
    """Make a git dir that is whole as soon as it is there, whoever else makes it at the same time."""
    kind = worktree.git.line("rev-parse", "--show-object-format") or "sha1"
    with tempfile.TemporaryDirectory(dir=worktree.private, ignore_cleanup_errors=True) as above:
        made = os.path.join(above, "plain.git")
        Git(worktree.root)("init", "--quiet", "--bare", f"--object-format={kind}", made)
        try:
            os.rename(made, folder)
        except OSError:
            if not os.path.isdir(folder):
                raise


def take_snapshot(worktree: Worktree, git: Git) -> Snapshot:
    """Return the snapshot of now, storing contents on the way; `git` comes from `private_git`.

    Bits that hide edits (assume-unchanged, skip-worktree on a file that exists) are cleared in
    our copy of the index.
    """
    index = git.environment["GIT_INDEX_FILE"]
    _copy_index(os.path.join(worktree.git_dir, "index"), index)
    hidden, submodules, sparse, unmerged = [], [], set(), set()
    for tag, row in _rows(git.text("ls-files", "-s", "-v", "-z")):
        head, path = row.split("\t", 1)
        if tag in "Ss":
            sparse.add(path)
        if head.endswith(("1", "2", "3")):
            unmerged.add(path)
        elif (tag.islower() or tag == "S") and os.path.lexists(os.path.join(worktree.root, path)):
            hidden.append(path)
        if head.startswith(SUBMODULE) and path not in sparse:
            submodules.append(path)
    _update_index(git, hidden, "--no-assume-unchanged")
    _update_index(git, hidden, "--no-skip-worktree")
    complete = _add_everything(worktree, git, list(dict.fromkeys(submodules)))
    tree = _parse_stage(git.text("ls-files", "-s", "-z"))
    if not complete:
        left = git.text("ls-files", "--others", "--exclude-standard", "-z").split("\0")
        tree |= {path.rstrip("/"): Entry(SUBMODULE, UNKNOWN) for path in left if path.endswith("/")}
    return Snapshot(tree, frozenset(unmerged), frozenset(sparse))


def working_tree(worktree: Worktree, *, run_filters: bool = False) -> Tree:
    """Return every path that git does not ignore, with the mode and object it would be committed as."""
    return take_snapshot(worktree, private_git(worktree, run_filters=run_filters)).tree


def entries_on_disk(worktree: Worktree, git: Git, paths: Iterable[str]) -> Tree:
    """Return the entries of those paths at which a file or link stands, ignored or not; contents are stored."""
    found: Tree = {}
    plain: dict[str, str] = {}
    for path in paths:
        image = image_on_disk(worktree, path)
        if image is None:
            continue
        if image.mode == LINK:
            found[path] = Entry(LINK, write_blob(worktree, image.data))
        elif "\n" in path or path.startswith('"'):
            hashed = git.text("hash-object", "-w", f"--path={path}", "--stdin", stdin=image.data)
            found[path] = Entry(image.mode, hashed.strip())
        else:
            plain[path] = image.mode
    if plain:
        hashed = git.text("hash-object", "-w", "--stdin-paths", stdin=os.fsencode("\n".join(plain)))
        found |= {path: Entry(plain[path], oid) for path, oid in zip(plain, hashed.split(), strict=True)}
    return found


def image_on_disk(worktree: Worktree, path: str) -> Image | None:
    """Return what stands at a path, None where nothing does or a folder above it is a symbolic link."""
    absolute = os.path.join(worktree.root, path)
    folder = os.path.dirname(absolute)
    if os.path.realpath(folder) != folder:
        return None
    try:
        return read_image(absolute)
    except OSError:
        return None


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
    index = os.path.join(worktree.private, "index.write")
    _remove_index(index)
    git = worktree.git.with_env(**_object_directories(worktree), **_config(PRIVATE_CONFIG), GIT_INDEX_FILE=index)
    rows = (f"{entry.mode} {entry.oid}\t{path}\0" for path, entry in tree.items() if entry.oid != UNKNOWN)
    git("update-index", "-z", "--index-info", stdin=os.fsencode("".join(rows)))
    return git.line("write-tree", "--missing-ok")


def write_blob(worktree: Worktree, data: bytes) -> str:
    """Store bytes as they are and return git's name for them."""
    git = worktree.git.with_env(**_object_directories(worktree))
    return git.text("hash-object", "-w", "--no-filters", "--stdin", stdin=data).strip()


def read_blob(git: Git, oid: str) -> bytes:
    """Return the bytes of a blob."""
    return git("cat-file", "blob", oid).stdout


def _add_everything(worktree: Worktree, git: Git, submodules: list[str]) -> bool:
    """Bring our index up to date with the disk; return whether git could add everything."""
    present = [path for path in submodules if os.path.lexists(os.path.join(worktree.root, path))]
    if submodules:
        # `add` would run `git status` in each, and with it the filters of their own settings.
        _update_index(git, submodules, "--add", "--remove", "--replace")
        _update_index(git, present, "--skip-worktree")
    add = ("add", "-A", "--ignore-errors", "--sparse", ".")
    code = git(*add, check=False).returncode
    if code > 1:
        # A conversion that fails (a filter, an encoding) ends git at once, and every other change
        # would go unseen; without conversions nothing can.
        code = _without_conversion(worktree, git)(*add, check=False).returncode
    if code > 1:
        git(*add)
    _update_index(git, present, "--no-skip-worktree")
    return code == 0


def _update_index(git: Git, paths: list[str], *options: str) -> None:
    if paths:
        git("update-index", *options, "-z", "--stdin", stdin=os.fsencode("\0".join(paths)))


def _without_conversion(worktree: Worktree, git: Git) -> Git:
    plain = plain_git(worktree)
    folder = os.path.join(plain.environment["GIT_DIR"], "info")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "attributes"), "w", encoding="utf-8") as file:
        file.write(WITHOUT_CONVERSION)
    exclude = os.path.join(worktree.common_dir, "info", "exclude")
    if os.path.exists(exclude):
        shutil.copyfile(exclude, os.path.join(folder, "exclude"))
    config = [*PRIVATE_CONFIG, ("core.autocrlf", "false")]
    if more := worktree.git.line("config", "--path", "core.excludesFile"):
        config.append(("core.excludesFile", more))
    index = git.environment["GIT_INDEX_FILE"]
    return plain.with_env(**_config(config), GIT_WORK_TREE=worktree.root, GIT_INDEX_FILE=index)


def _object_directories(worktree: Worktree) -> dict[str, str]:
    objects = os.path.join(worktree.private, "objects")
    os.makedirs(objects, mode=0o700, exist_ok=True)
    return {
        "GIT_OBJECT_DIRECTORY": objects,
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(worktree.common_dir, "objects"),
        "GIT_NO_REPLACE_OBJECTS": "1",  # a replacement of HEAD could pass a change off as history
    }


def _config(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return settings as environment, after those the environment already carries; names may hold any character."""
    try:
        count = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
    except ValueError:
        count = 0
    environment: dict[str, str] = {}
    for key, value in pairs:
        environment |= {f"GIT_CONFIG_KEY_{count}": key, f"GIT_CONFIG_VALUE_{count}": value}
        count += 1
    return {**environment, "GIT_CONFIG_COUNT": str(count)}


def _filters_off(git: Git) -> list[tuple[str, str]]:
    listed = git.text("config", "--null", "--name-only", "--get-regexp", r"^filter\.", check=False)
    drivers = dict.fromkeys(match[1] for name in listed.split("\0") if (match := FILTER.match(name)))
    return [(f"filter.{driver}.{key}", value) for driver in drivers for key, value in FILTER_OFF]


def _copy_index(source: str, target: str) -> None:
    """Copy the index with its time stamps: git's rule for racy entries compares against them."""
    _remove_index(target)
    if os.path.exists(source):
        shutil.copy2(source, target)


def _remove_index(path: str) -> None:
    for leftover in (path, f"{path}.lock"):
        if os.path.exists(leftover):
            os.unlink(leftover)


def _rows(listed: str) -> Iterable[tuple[str, str]]:
    return ((each[0], each[2:]) for each in listed.split("\0") if each)


def _parse_stage(listed: str) -> Tree:
    found: Tree = {}
    for line in listed.split("\0"):
        if line:
            head, path = line.split("\t", 1)
            mode, oid, _ = head.split()
            found[path] = Entry(mode, oid)
    return found
