"""All projects of a worktree."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from autonav_analysis.toolchains._project import Detector, Project
from autonav_analysis.toolchains._tree import Tree, tree
from autonav_protocol.collect import collect


def detect(paths: Iterable[str], read: Callable[[str], bytes]) -> tuple[Project, ...]:
    """Return the projects found among these root-relative paths, by folder and then toolchain.

    `read` gives the bytes of a path and raises OSError where it cannot. Folders that others vendored or
    that a build made are passed over, and so are hidden ones and those of tests' data. Broken manifests
    are said in a project's `problems`.
    """
    from autonav_analysis import toolchains

    whole = tree(paths, read)
    found = [
        project
        for detector in collect(toolchains, "DETECT", Detector).values()
        for project in detector.detect(whole, _folders(whole, detector.manifests))
    ]
    return tuple(sorted(found, key=lambda each: (each.folder, each.toolchain)))


def _folders(whole: Tree, manifests: tuple[str, ...]) -> list[str]:
    return sorted(
        folder
        for folder, names in whole.names.items()
        if any(fnmatchcase(name, glob) for name in names for glob in manifests)
    )
