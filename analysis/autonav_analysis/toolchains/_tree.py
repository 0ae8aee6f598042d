"""The files of a worktree that detection looks at: what others vendored or a build made is left out."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

VENDORED = ("node_modules", "bower_components", "jspm_packages", "vendor", "third_party", "third-party", "Pods")
MADE = ("venv", "site-packages", "__pycache__", "__pypackages__", "target", "dist", "build", "_build", "htmlcov")
DATA = ("testdata", "fixtures", "__fixtures__", "buildSrc")
IGNORED = frozenset((*VENDORED, *MADE, *DATA))


@dataclass(frozen=True)
class Tree:
    """The paths that count, sorted; the names of the files by folder; all paths listed; and how bytes are read."""

    paths: tuple[str, ...]
    names: Mapping[str, frozenset[str]]
    listed: frozenset[str]
    read: Callable[[str], bytes]


def tree(paths: Iterable[str], read: Callable[[str], bytes]) -> Tree:
    """Return the tree of these root-relative paths."""
    listed = frozenset(paths)
    kept = tuple(sorted(path for path in listed if not _is_ignored(path)))
    names: dict[str, set[str]] = {}
    for path in kept:
        folder, _, name = path.rpartition("/")
        names.setdefault(folder, set()).add(name)
    return Tree(kept, {folder: frozenset(found) for folder, found in names.items()}, listed, read)


def join(folder: str, name: str) -> str:
    """Return the path of a name in a folder, either of which may be empty."""
    return f"{folder}/{name}" if folder and name else folder or name


def has(tree: Tree, folder: str, name: str) -> bool:
    """Return whether the folder itself holds a file of this name."""
    return name in tree.names.get(folder, ())


def matching(tree: Tree, folder: str, *globs: str) -> list[str]:
    """Return the names of the folder's own files that match any of the globs, sorted."""
    return sorted(name for name in tree.names.get(folder, ()) if any(fnmatchcase(name, glob) for glob in globs))


def below(tree: Tree, folder: str, others: Iterable[str] = ()) -> list[str]:
    """Return the paths below a folder, relative to it, without those below the `others` that lie in it."""
    prefix = f"{folder}/" if folder else ""
    end = bisect_left(tree.paths, prefix[:-1] + "0") if prefix else len(tree.paths)
    inner = tuple(f"{other}/" for other in others if other != folder and other.startswith(prefix))
    mine = tree.paths[bisect_left(tree.paths, prefix) : end]
    return [path[len(prefix) :] for path in mine if not path.startswith(inner)]


def ancestors(folder: str) -> list[str]:
    """Return the folders above a folder, the nearest first and the root last."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, -1, -1)]


def matches(path: str, globs: Iterable[str]) -> bool:
    """Return whether a folder matches one of a workspace's globs and no later one that begins with "!"."""
    found = False
    for glob in globs:
        wanted = glob.removeprefix("!").removeprefix("./").rstrip("/")
        if _matches(path.split("/"), wanted.split("/")):
            found = not glob.startswith("!")
    return found


def _matches(parts: list[str], globs: list[str]) -> bool:
    if not globs:
        return not parts
    if globs[0] == "**":
        return _matches(parts, globs[1:]) or bool(parts and _matches(parts[1:], globs))
    return bool(parts) and fnmatchcase(parts[0], globs[0]) and _matches(parts[1:], globs[1:])


def _is_ignored(path: str) -> bool:
    return any(part in IGNORED or part.startswith(".") for part in path.split("/")[:-1])
