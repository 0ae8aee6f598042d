"""What may help a run of tests that proved nothing: each is tried in the sandbox before it is said to."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from autonav_analysis.failure_classes import FailureClass
from autonav_analysis.toolchains import Project, Report
from autonav_protocol.values.validation import Trial
from autonav_server.confinement.job import Limits, most_memory
from autonav_server.toolchain import PYTEST, Tests

MORE_TIME, MORE_MEMORY = 4, 2
MOST_PLACES = 3
LOCKS = ("uv.lock", "poetry.lock", "requirements.txt", "requirements-dev.txt", "pyproject.toml", "package-lock.json")
IMPORT_NAMES = {"yaml": "pyyaml", "cv2": "opencv-python", "PIL": "pillow", "bs4": "beautifulsoup4", "sklearn": "scikit-learn",
                "dateutil": "python-dateutil", "dotenv": "python-dotenv", "attr": "attrs", "OpenSSL": "pyopenssl"}  # fmt: skip
"""Packages whose name on the index is not that of their import."""


@dataclass(frozen=True)
class Remedy:
    """Something that may help. `tests` and `limits` are how it is tried, None where it is only said."""

    said: str
    tests: Tests | None = None
    limits: Limits | None = None

    def trial(self, *, helped: bool) -> Trial:
        """Return it as tried."""
        return Trial(self.said, helped)


def remedies(
    found: FailureClass, project: Project, tests: Tests, limits: Limits, checkout: str, root: str
) -> Iterator[Remedy]:
    """Yield what may help a class of failure, the likeliest first."""
    if found.name == "timeout" and found.about == "waiting":
        yield Remedy("it waited and did not compute, so more time was not tried")
    elif found.name == "timeout":
        cpu = limits.cpu_seconds * MORE_TIME
        more = replace(limits, cpu_seconds=cpu, wall_seconds=limits.wall_seconds * MORE_TIME)
        yield Remedy(f"more time: autonav validate --seconds {cpu}", tests, more)
    elif found.name == "out_of_memory":
        memory, total = limits.memory_bytes * MORE_MEMORY, limits.total_memory_bytes * MORE_MEMORY
        if total > most_memory():
            yield Remedy(f"{total >> 30} GiB would be more than half of what this machine has, and were not tried")
            return
        more = replace(limits, memory_bytes=memory, total_memory_bytes=total)
        yield Remedy(f"{total >> 30} GiB of memory", tests, more)
    elif found.name == "missing_dependency":
        yield from _missing(found.about, project, tests, checkout, root)
    elif found.name in ("nothing_collected", "wrong_directory") and project.toolchain == "python":
        argv = (tests.argv[0], "-m", "unittest", "discover", "-v")
        yield Remedy(
            "python -m unittest discover",
            replace(tests, argv=argv, report=Report("unittest_text", streams=("stderr",))),
        )
        for folder in _folders_with_tests(checkout, tests):
            yield Remedy(f"the folder {folder}", replace(tests, folder=folder))
    elif found.name == "environment_drift" and project.install:
        yield Remedy(f"the environment may be older than its lock file; by hand: {' '.join(project.install)}")


def _missing(module: str, project: Project, tests: Tests, checkout: str, root: str) -> Iterator[Remedy]:
    top = module.split(".", maxsplit=1)[0]
    if project.toolchain == "python" and tests.report == PYTEST:
        for folder in _holding(checkout, top):
            paths = (*tests.python_path, folder)
            yield Remedy(f'`pythonpath = ["{folder}"]` in the settings of pytest', replace(tests, python_path=paths))
        for interpreter in _interpreters_with(top, root, tests.argv[0]):
            prefix = os.path.dirname(os.path.dirname(interpreter))
            argv, readable = (interpreter, *tests.argv[1:]), (*tests.readable, prefix)
            yield Remedy(f"autonav.python.interpreter = {interpreter}", replace(tests, argv=argv, readable=readable))
    if lock := _locked(top, checkout, project.folder):
        yield Remedy(f"{lock} names it and this environment lacks it; by hand: {' '.join(project.install)}")
    else:
        yield Remedy(f"no lock file or list of requirements names {top}, so nothing is proposed to be installed")


def _holding(checkout: str, module: str) -> list[str]:
    """Return the folders of a checkout in which a module lies that cannot be imported."""
    found = []
    for folder, folders, names in os.walk(checkout):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
        if f"{module}.py" in names or os.path.isfile(os.path.join(folder, module, "__init__.py")):
            found.append(os.path.relpath(folder, checkout))
    return sorted(found, key=len)[:MOST_PLACES]


def _interpreters_with(module: str, root: str, current: str) -> Iterator[str]:
    for name in (".venv", "venv", ".env", "env", ".tox/py", ".nox/tests"):
        prefix = os.path.join(root, name)
        interpreter = os.path.join(prefix, "bin", "python")
        if interpreter == current or not os.access(interpreter, os.X_OK):
            continue
        library = os.path.join(prefix, "lib")
        packages = (
            [os.path.join(library, each, "site-packages") for each in os.listdir(library)]
            if os.path.isdir(library)
            else []
        )
        if any(os.path.exists(os.path.join(each, name)) for each in packages for name in (module, f"{module}.py")):
            yield interpreter


def _locked(module: str, checkout: str, folder: str) -> str:
    """Return the lock file or list of requirements that names what a module comes in, "" for none."""
    wanted = re.compile(
        rf"(?im)(^|[\"'\s/]){re.escape(IMPORT_NAMES.get(module, module)).replace('_', '[-_.]')}($|[\"'\s=<>~!\[;@])"
    )
    for name in LOCKS:
        try:
            with open(os.path.join(checkout, folder, name), encoding="utf-8", errors="replace") as file:
                if wanted.search(file.read()):
                    return os.path.join(folder, name)
        except OSError:
            continue
    return ""


def _folders_with_tests(checkout: str, tests: Tests) -> list[str]:
    found = {
        os.path.dirname(os.path.relpath(folder, checkout))
        for folder, _, names in os.walk(checkout)
        if any(tests.is_test_file(name) and name.startswith("test_") for name in names)
    }
    return sorted(each for each in found if each and each != tests.folder)[:MOST_PLACES]
