"""Python projects whose tests pytest runs."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace

from autonav_analysis.toolchains import Project
from autonav_protocol.errors import Unavailable
from autonav_server.toolchain import PYTEST, Tests, Toolchain

ENVIRONMENTS = (".venv", "venv", ".env", "env")
TEST_FILE = re.compile(r"(^|/)(tests?|testing|_tests?)/|(^|/)(test_[^/]*|[^/]*_test|tests?|conftest)\.py$")
PROBE = (
    "import json, sys, importlib.util as u, sysconfig; print(json.dumps({"
    "'pytest': u.find_spec('pytest') is not None, 'version': sys.version_info[:2],"
    "'paths': [sys.prefix, sys.base_prefix, sys.executable, *sysconfig.get_paths().values()]}))"
)


def detect(root: str, interpreter: str | None) -> Tests | None:
    """Return how pytest runs here, None where nothing looks like Python."""
    return None if interpreter is None and not _looks_like_python(root) else _pytest(root, "", interpreter)


def whole(root: str, interpreter: str | None) -> Project | None:
    """Return the root as a project of pytest, None where nothing looks like Python."""
    if interpreter is None and not _looks_like_python(root):
        return None
    return Project("python", "", "pip", 1.0, (), test=("python", "-m", "pytest"), report=PYTEST)


def tests(root: str, project: Project, interpreter: str | None) -> Tests:
    """Return how the tests of a project run with the environment that is there."""
    found = _pytest(root, project.folder, interpreter, required=project.report == PYTEST)
    if project.report == PYTEST:
        return found
    at = project.test.index("python") if "python" in project.test else 0
    return replace(found, argv=(found.argv[0], *project.test[at + 1 :]), report=project.report)


def _pytest(root: str, folder: str, interpreter: str | None, *, required: bool = True) -> Tests:
    """Return how pytest runs in a folder; raise Unavailable where the interpreter does not have it."""
    chosen = _interpreter(os.path.join(root, folder), root, interpreter)
    try:
        asked = subprocess.run([chosen, "-c", PROBE], capture_output=True, text=True, timeout=30, check=True, cwd="/")
        known = json.loads(asked.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise Unavailable(f"{chosen} does not run: {error}", "set autonav.python.interpreter") from error
    if required and not known["pytest"]:
        raise Unavailable(f"{chosen} has no pytest", "install it there, or set autonav.python.interpreter")
    flags = ("-q", "-p", "no:cacheprovider", "-p", "autonav_report", "--color=no", "--tb=short")
    readable = tuple(dict.fromkeys((*known["paths"], os.path.dirname(os.path.realpath(chosen)))))
    starts = [os.path.join(folder, each) for each in ("src", "")]
    return Tests(
        (chosen, "-m", "pytest", *flags),
        readable,
        python_path=tuple(each for each in starts if os.path.isdir(os.path.join(root, each))),
        is_test_file=is_test_file,
        folder=folder,
    )


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test or a helper of tests, which no candidate may change."""
    return TEST_FILE.search(path) is not None


def _interpreter(folder: str, root: str, configured: str | None) -> str:
    if configured:
        return os.path.join(root, os.path.expanduser(configured))
    for holder in dict.fromkeys((folder, root)):
        for name in ENVIRONMENTS:
            candidate = os.path.join(holder, name, "bin", "python")
            if os.access(candidate, os.X_OK):
                return candidate
    active = os.environ.get("VIRTUAL_ENV")
    if active and os.access(os.path.join(active, "bin", "python"), os.X_OK):
        return os.path.join(active, "bin", "python")
    return sys.executable


def _looks_like_python(root: str) -> bool:
    marks = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "conftest.py")
    if any(os.path.exists(os.path.join(root, mark)) for mark in marks):
        return True
    return any(
        name.endswith(".py")
        for folder in (root, os.path.join(root, "tests"))
        if os.path.isdir(folder)
        for name in os.listdir(folder)
    )


TOOLCHAIN = Toolchain("python", tests, is_test_file, (".py",), explored=True, whole=whole, reserves=False)
