"""Python projects whose tests pytest runs."""

import json
import os
import re
import subprocess
import sys

from autonav_protocol.errors import Unavailable
from autonav_server.toolchain import Tests, Toolchain

ENVIRONMENTS = (".venv", "venv", ".env", "env")
TEST_FILE = re.compile(r"(^|/)(tests?|testing|_tests?)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")
PROBE = (
    "import json, sys, importlib.util as u, sysconfig; print(json.dumps({"
    "'pytest': u.find_spec('pytest') is not None, 'version': sys.version_info[:2],"
    "'paths': [sys.prefix, sys.base_prefix, sys.executable, *sysconfig.get_paths().values()]}))"
)


def detect(root: str, interpreter: str | None) -> Tests | None:
    """Return how pytest runs here; raise Unavailable where the interpreter does not have it."""
    if interpreter is None and not _looks_like_python(root):
        return None
    chosen = _interpreter(root, interpreter)
    try:
        asked = subprocess.run([chosen, "-c", PROBE], capture_output=True, text=True, timeout=30, check=True, cwd="/")
        known = json.loads(asked.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise Unavailable(f"{chosen} does not run: {error}", "set autonav.python.interpreter") from error
    if not known["pytest"]:
        raise Unavailable(f"{chosen} has no pytest", "install it there, or set autonav.python.interpreter")
    flags = ("-q", "-p", "no:cacheprovider", "-p", "autonav_report", "--color=no", "--tb=short")
    readable = tuple(dict.fromkeys((*known["paths"], os.path.dirname(os.path.realpath(chosen)))))
    python_path = tuple(each for each in ("src", "") if os.path.isdir(os.path.join(root, each)))
    return Tests((chosen, "-m", "pytest", *flags), readable, python_path=python_path, is_test_file=is_test_file)


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test or a helper of tests, which no candidate may change."""
    return TEST_FILE.search(path) is not None


def _interpreter(root: str, configured: str | None) -> str:
    if configured:
        return os.path.join(root, os.path.expanduser(configured))
    for name in ENVIRONMENTS:
        candidate = os.path.join(root, name, "bin", "python")
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


TOOLCHAIN = Toolchain("python", detect, is_test_file, (".py",))
