"""What a toolchain is: how the tests of a project are run on this machine, offline, and where their results are."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from autonav_analysis.toolchains import Project, Report
from autonav_protocol.collect import collect
from autonav_protocol.errors import Unavailable
from autonav_server import toolchains

PYTEST = Report("pytest")
"""The tests are pytest's, and our plugin reports what became of them."""


@dataclass(frozen=True)
class Tests:
    """How the tests of one project are run.

    `argv` runs all of them in `folder`, below the root. `readable` are the paths it needs; `python_path` are
    folders that Python's imports start from. `report` says where the results are, None where the exit code is all.
    In the values of `environment`, `{scratch}` stands for a folder of the run's own.
    """

    argv: tuple[str, ...]
    readable: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    python_path: tuple[str, ...] = ()
    is_test_file: Callable[[str], bool] = lambda _: False
    folder: str = ""
    report: Report | None = PYTEST


@dataclass(frozen=True)
class Toolchain:
    """A toolchain. `tests` takes the root, the project and the interpreter that the settings name.

    It raises Unavailable where a program is missing. `is_test_file` takes a root-relative path: no candidate may
    change such a file, and `--old-tests` takes them from the base.
    """

    name: str
    tests: Callable[[str, Project, str | None], Tests]
    is_test_file: Callable[[str], bool]
    suffixes: Sequence[str]


def toolchains_by_name() -> Mapping[str, Toolchain]:
    """Return every toolchain."""
    return {each.name: each for each in collect(toolchains, "TOOLCHAIN", Toolchain).values()}


def program(name: str) -> str:
    """Return the absolute path of a program, or raise Unavailable."""
    if (found := shutil.which(name)) is None:
        raise Unavailable(f"{name} is not installed", "install it, or put it on the PATH of the server")
    return found


def installation(path: str) -> tuple[str, ...]:
    """Return the folders that a program needs to be read: where its links lead, and what lies beside its `bin`."""
    folders = {os.path.dirname(path), os.path.dirname(os.path.realpath(path))}
    beside = {os.path.dirname(folder) for folder in folders if os.path.basename(folder) == "bin"}
    return tuple(sorted(folders | {each for each in beside if each not in ("/", "/usr", "/usr/local")}))
