"""Python projects of uv, poetry and pip."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autonav_analysis.toolchains._manifest import strings, table, text_of, toml_of
from autonav_analysis.toolchains._project import (
    BROKEN,
    DECLARED,
    GUESSED,
    LOCKED,
    Argv,
    Detector,
    Project,
    Report,
)
from autonav_analysis.toolchains._tree import Tree, ancestors, below, has, join, matches, matching

PACKAGED = ("setup.py", "setup.cfg")
REQUIREMENTS = ("requirements*.txt", "*requirements.txt")
ROOT_ONLY = ("pytest.ini", ".pytest.ini", "tox.ini", "Pipfile")
AIDS = frozenset(("docs", "doc", "tests", "test", "testing", "examples", "requirements", "ci", "scripts", "benchmarks"))
TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")
USES_PYTEST = re.compile(r"^\s*(import pytest|from pytest\b)|^(async )?def test_|^class Test\w*:", re.MULTILINE)
USES_UNITTEST = re.compile(r"\b(import unittest|from unittest\b|TestCase\b)")
NEEDS_PYTEST = re.compile(r"^\s*['\"]?pytest\b", re.MULTILINE | re.IGNORECASE)
EXTRAS = ("test", "tests", "testing", "dev")
READ_AT_MOST = 20


@dataclass(frozen=True)
class _Folder:
    tree: Tree
    path: str
    manifest: Mapping[str, Any]
    problem: str
    files: Sequence[str]
    manager: str
    lock: str


def detect(tree: Tree, folders: Sequence[str]) -> Iterator[Project]:
    """Return a project for each folder with a manifest that declares one, else one for a root with Python files."""
    read = {folder: _pyproject(tree, folder) for folder in folders}
    chosen = [folder for folder in folders if _is_project(tree, folder, read[folder][0], read[folder][1])]
    if not chosen and any(
        "/" not in path or TEST_FILE.search(path) for path in below(tree, "") if path.endswith(".py")
    ):
        chosen = [""]
    for path in chosen:
        manifest, problem = read.get(path, ({}, ""))
        files = [file for file in below(tree, path, chosen) if file.endswith(".py")]
        manager, lock = _manager(tree, path, {each: manifest for each, (manifest, _) in read.items()})
        yield _project(_Folder(tree, path, manifest, problem, files, manager, lock))


def _project(folder: _Folder) -> Project:
    tree, path, manager = folder.tree, folder.path, folder.manager
    manifests = matching(tree, path, "pyproject.toml", *PACKAGED, *REQUIREMENTS, *ROOT_ONLY)
    builds = "build-system" in folder.manifest or has(tree, path, "setup.py")
    problems = [folder.problem] if folder.problem else []
    if has(tree, path, "uv.lock") and has(tree, path, "poetry.lock"):
        problems.append(f"{join(path, 'uv.lock')} and {join(path, 'poetry.lock')} are both there: uv is taken")
    if has(tree, path, "Pipfile"):
        problems.append(f"{join(path, 'Pipfile')}: pipenv is not supported, pip is taken")
    test, report = _tests(folder)
    confidence = LOCKED if folder.lock else DECLARED if manifests else GUESSED
    return Project(
        toolchain="python",
        folder=path,
        manager=manager,
        confidence=BROKEN if folder.problem else confidence,
        evidence=(*(join(path, name) for name in manifests), *((folder.lock,) if folder.lock else ())),
        install=_install(folder, builds),
        build=_build(folder, builds),
        test=test,
        smoke=_smoke(folder, builds),
        report=report,
        problems=tuple(problems),
    )


def _pyproject(tree: Tree, folder: str) -> tuple[dict[str, Any], str]:
    return toml_of(tree, join(folder, "pyproject.toml")) if has(tree, folder, "pyproject.toml") else ({}, "")


def _is_project(tree: Tree, folder: str, manifest: Mapping[str, Any], problem: str) -> bool:
    if problem or {"project", "build-system"} & set(manifest) or table(manifest, "tool", "poetry"):
        return True
    if has(tree, folder, "setup.py") or "[metadata]" in _text(tree, folder, "setup.cfg"):
        return True
    files = [path for path in below(tree, folder) if path.endswith(".py")]
    if not folder:
        return bool(files)
    return bool(files and matching(tree, folder, *REQUIREMENTS) and not AIDS & set(folder.split("/")))


def _manager(tree: Tree, folder: str, manifests: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    for manager, lock in (("uv", "uv.lock"), ("poetry", "poetry.lock")):
        if has(tree, folder, lock):
            return manager, join(folder, lock)
    for above in ancestors(folder):
        members = strings(table(manifests.get(above), "tool", "uv", "workspace").get("members"))
        if matches(folder[len(above) + 1 :] if above else folder, members):
            return "uv", join(above, "uv.lock") if has(tree, above, "uv.lock") else ""
    tools = table(manifests.get(folder), "tool")
    return next((tool for tool in ("poetry", "uv") if table(tools, tool)), "pip"), ""


def _install(folder: _Folder, builds: bool) -> Argv:
    optional = table(folder.manifest, "project", "optional-dependencies")
    extras = [name for name in EXTRAS if name in optional]
    if folder.manager == "uv":
        frozen = ("--frozen",) if folder.lock else ()
        return ("uv", "sync", *frozen, *(part for name in extras for part in ("--extra", name)))
    if folder.manager == "poetry":
        return ("poetry", "install", "--no-interaction", *(part for name in extras for part in ("--extras", name)))
    wanted = [part for name in matching(folder.tree, folder.path, *REQUIREMENTS) for part in ("-r", name)]
    if builds or "project" in folder.manifest:
        wanted += ["-e", f".[{','.join(extras)}]" if extras else "."]
    return ("python", "-m", "pip", "install", *wanted) if wanted else ()


def _build(folder: _Folder, builds: bool) -> Argv:
    if not builds or table(folder.manifest, "tool", "poetry").get("package-mode") is False:
        return ()
    own = {"uv": ("uv", "build"), "poetry": ("poetry", "build", "--no-interaction")}
    return own.get(folder.manager, ("python", "-m", "pip", "wheel", "--no-deps", "--wheel-dir", "dist", "."))


def _tests(folder: _Folder) -> tuple[Argv, Report | None]:
    files = [path for path in folder.files if TEST_FILE.search(path)]
    python = _python(folder)
    if _configures_pytest(folder):
        return (*python, "-m", "pytest"), Report("pytest")
    sources = [text_of(folder.tree, join(folder.path, path))[0] for path in files[:READ_AT_MOST]]
    if any(USES_PYTEST.search(source) for source in sources):
        return (*python, "-m", "pytest"), Report("pytest")
    if any(USES_UNITTEST.search(source) for source in sources):
        return (*python, "-m", "unittest", *_discovery(folder, files)), Report("unittest_text", streams=("stderr",))
    if files:
        return (*python, "-m", "pytest"), Report("pytest")
    return (), None


def _configures_pytest(folder: _Folder) -> bool:
    tree, path = folder.tree, folder.path
    if table(folder.manifest, "tool", "pytest") or matching(tree, path, "pytest.ini", ".pytest.ini"):
        return True
    if any(file.rpartition("/")[2] == "conftest.py" for file in folder.files):
        return True
    if "[pytest]" in _text(tree, path, "tox.ini") or "[tool:pytest]" in _text(tree, path, "setup.cfg"):
        return True
    if any(NEEDS_PYTEST.search(_text(tree, path, name)) for name in matching(tree, path, *REQUIREMENTS)):
        return True
    return any(NEEDS_PYTEST.match(need) for need in _needs(folder.manifest))


def _needs(manifest: Mapping[str, Any]) -> Iterator[str]:
    project, poetry = table(manifest, "project"), table(manifest, "tool", "poetry")
    yield from strings(project.get("dependencies"))
    for group in (*table(project, "optional-dependencies").values(), *table(manifest, "dependency-groups").values()):
        yield from strings(group)
    yield from strings(table(manifest, "tool", "uv").get("dev-dependencies"))
    yield from (*table(poetry, "dependencies"), *table(poetry, "dev-dependencies"))
    for group in table(poetry, "group").values():
        yield from table(group, "dependencies")


def _discovery(folder: _Folder, files: Sequence[str]) -> Argv:
    pattern = () if any(path.rpartition("/")[2].startswith("test") for path in files) else ("-p", "*_test.py")
    tops = {path.split("/")[0] for path in files}
    top = next(iter(tops))
    importable = any("/" not in path for path in files) or f"{top}/__init__.py" in folder.files
    return ("discover", "-v", *(() if len(tops) > 1 or importable else ("-s", top)), *pattern)


def _smoke(folder: _Folder, builds: bool) -> Argv:
    starts = [path.removeprefix("src/") for path in folder.files if path.endswith("/__init__.py")]
    packages = sorted(name for path in starts if path.count("/") == 1 and (name := path.split("/")[0]) not in AIDS)
    is_importable = builds or any(f"{name}/__init__.py" in folder.files for name in packages)
    if packages and is_importable:
        return (*_python(folder), "-c", f"import {', '.join(packages[:3])}")
    tops = sorted({path.split("/")[0] for path in folder.files})
    return ("python", "-m", "compileall", "-q", *tops[:READ_AT_MOST]) if tops else ()


def _python(folder: _Folder) -> Argv:
    runs = {"uv": ("uv", "run", "--no-sync", "python"), "poetry": ("poetry", "run", "python")}
    return runs.get(folder.manager, ("python",))


def _text(tree: Tree, folder: str, name: str) -> str:
    return text_of(tree, join(folder, name))[0] if has(tree, folder, name) else ""


DETECT = Detector("python", ("pyproject.toml", *PACKAGED, *REQUIREMENTS, *ROOT_ONLY, "uv.lock", "poetry.lock"), detect)
