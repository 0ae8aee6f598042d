"""What a toolchain is: how the tests of a project are run on this machine, offline, and where their results are."""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from autonav_analysis.coverage import Lines
from autonav_analysis.toolchains import Project, Report
from autonav_protocol.collect import collect
from autonav_protocol.errors import Unavailable
from autonav_server import toolchains

PYTEST = Report("pytest")
"""The tests are pytest's, and our plugin reports what became of them."""


KEPT = ".autonav-kept"
"""The folder of a checkout in which what is built once for all candidates is made."""

TRACE = ".autonav-trace"
"""The folder of a checkout, below that of its project, in which a traced run leaves what it saw."""

Argv = tuple[str, ...]
Ran = Mapping[str, Lines]
"""For each test the lines it ran, by path below the project's folder."""


@dataclass(frozen=True)
class Trace:
    """A run that shows which lines tests ran, and how that is read; without `argv` nothing is run.

    `read` takes the project's folder of the checkout and that of the root, either of which the run may have seen.
    `said` is a sentence on what cannot be told, "" where each test's own lines can.
    """

    argv: Argv
    environment: Mapping[str, str]
    readable: Argv
    read: Callable[[str, str], Ran]
    said: str = ""


@dataclass(frozen=True)
class Tests:
    """How the tests of one project are run.

    `argv` runs all of them in `folder`, below the root. `readable` are the paths it needs; `python_path` are
    folders that Python's imports start from. `report` says where the results are, None where the exit code is all.
    In the values of `environment`, `{scratch}` stands for a folder of the run's own, `{checkout}` for the checkout.

    `runner` is what runs them, in words. `select` turns `argv` into that of some tests, perhaps with others; `trace`
    takes the tests, the ids of all and that of the one in question, and returns how the lines they run are seen, None
    where they cannot be. `fill` builds into `{checkout}` what candidates share and runs none of the project's code;
    `kept` is the variable that names where it then lies.
    """

    argv: tuple[str, ...]
    readable: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    python_path: tuple[str, ...] = ()
    is_test_file: Callable[[str], bool] = lambda _: False
    folder: str = ""
    report: Report | None = PYTEST
    runner: str = "pytest"
    select: Callable[[Argv, Sequence[str]], Argv] = lambda argv, ids: (*argv, *ids)
    trace: "Callable[[Tests, Sequence[str], str], Trace | None]" = lambda _tests, _ids, _test: None
    fill: Argv = ()
    kept: str = ""


@dataclass(frozen=True)
class Toolchain:
    """A toolchain. `tests` takes the root, the project and the interpreter that the settings name.

    It raises Unavailable where a program is missing. `is_test_file` takes a root-relative path: no candidate may
    change such a file, and `--old-tests` takes them from the base. `explored` says that candidates can be judged one
    by one; `whole` takes a root and an interpreter and returns the project that a folder is without a manifest, if any.
    `reserves` says that its programs reserve far more addresses than they use.
    """

    name: str
    tests: Callable[[str, Project, str | None], Tests]
    is_test_file: Callable[[str], bool]
    suffixes: Sequence[str]
    explored: bool = False
    whole: Callable[[str, str | None], Project | None] = lambda _root, _interpreter: None
    reserves: bool = True


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
