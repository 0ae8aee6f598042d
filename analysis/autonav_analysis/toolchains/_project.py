"""What a project of a worktree is, and what finds one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from autonav_analysis.toolchains._tree import Tree

Argv = tuple[str, ...]

LOCKED = 0.9
DECLARED = 0.7
GUESSED = 0.4
BROKEN = 0.2


@dataclass(frozen=True)
class Report:
    """Where the results of a project's tests are.

    `parser` is the name of a format of `test_reports`, or "pytest", whose plugin the server brings. `files` are
    globs below the project's folder; where there are none the results are printed, on `streams` taken as one.
    """

    parser: str
    files: tuple[str, ...] = ()
    streams: tuple[str, ...] = ("stdout",)


@dataclass(frozen=True)
class Project:
    """A project: a folder, relative to the root and "" for the root itself, and its commands, run in that folder.

    A command is an argv, () where there is none. `confidence` is from 0 to 1: 0.9 with a lock file, 0.7 with
    a manifest alone, 0.4 for a guess, 0.2 with a manifest that cannot be read. `evidence` are the paths
    that decided, `problems` sentences on what could not be read or is not supported. `report` is None where
    the tests' exit code is all there is.
    """

    toolchain: str
    folder: str
    manager: str
    confidence: float
    evidence: tuple[str, ...]
    install: Argv = ()
    build: Argv = ()
    test: Argv = ()
    smoke: Argv = ()
    report: Report | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Detector:
    """A toolchain's detector.

    `manifests` are globs of file names. `detect` takes the tree and the folders that hold such a file,
    sorted, so that a folder comes before those below it; it leaves out those that belong to another project.
    """

    name: str
    manifests: tuple[str, ...]
    detect: Callable[[Tree, Sequence[str]], Iterable[Project]]
