"""The packages that manifests and lock files name."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

MANIFEST = re.compile(
    r"(^|/)(pyproject\.toml|setup\.(py|cfg)|package\.json|go\.mod|Cargo\.toml|requirements[^/]*\.(txt|in))$"
    r"|(^|/)requirements/[^/]*\.(txt|in)$"
)
LOCK = re.compile(
    r"(^|/)(uv\.lock|poetry\.lock|Cargo\.lock|package-lock\.json|pnpm-lock\.yaml|yarn\.lock|go\.sum|Pipfile\.lock)$"
)
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.\-]*)")
_IN_SETUP_PY = re.compile(r"""["']([A-Za-z0-9][\w.\-]+)\s*(\[[^\]]*\])?\s*[<>=!~;][^"']*["']""")
_IN_SETUP_CFG = re.compile(r"^\s+([A-Za-z0-9][\w.\-]+)\s*(\[[^\]]*\])?\s*([<>=!~;].*)?$", re.MULTILINE)
_SETUP_CFG_LISTS = re.compile(
    r"^(install_requires|tests_require|setup_requires|\w+)\s*=\s*\n((?:[ \t]+.*\n?)+)", re.MULTILINE
)
_GO_REQUIRED = re.compile(r"^require\s*(?:\(([^)]*)\)|(.+))", re.MULTILINE)
_LOCKED = re.compile(r'\[\[package\]\]\s*\nname = "([^"]+)"')
_PNPM = re.compile(r"^  '?/?(@?[^@\s'():]+)@[^\s]+:", re.MULTILINE)
_YARN = re.compile(r'^"?(@?[^@\s"#]+)@', re.MULTILINE)


def packages_in(path: str, text: bytes) -> frozenset[str]:
    """Return the packages that a manifest or lock file names, as `ecosystem:name`; what cannot be read names none."""
    name = path.rpartition("/")[2]
    try:
        found = {*_packages(path, name, text.decode("utf-8", "replace"))}
    except (ValueError, AttributeError, TypeError):
        return frozenset()
    return frozenset(f"{ecosystem_of(path)}:{each}" for each in found if each)


def is_manifest(path: str) -> bool:
    """Return whether a person names packages in this file."""
    return bool(MANIFEST.search(path))


def is_lock(path: str) -> bool:
    """Return whether a program keeps the exact packages in this file."""
    return bool(LOCK.search(path))


def ecosystem_of(path: str) -> str:
    """Return whose packages a manifest or lock names: python, node, go or rust."""
    name = path.rpartition("/")[2]
    if name.startswith("Cargo."):
        return "rust"
    if name.startswith("go."):
        return "go"
    return "node" if name in ("package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock") else "python"


def python_name(requirement: str) -> str:
    """Return the normalised name of a Python requirement, "" where there is none."""
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""


def _packages(path: str, name: str, text: str) -> Iterator[str]:
    if name == "pyproject.toml":
        yield from _pyproject(tomllib.loads(text))
    elif name == "setup.py":
        yield from (python_name(each[1]) for each in _IN_SETUP_PY.finditer(text))
    elif name == "setup.cfg":
        lists = "".join(f"{each[2]}\n" for each in _SETUP_CFG_LISTS.finditer(text) if "requires" in each[1])
        yield from (python_name(each[1]) for each in _IN_SETUP_CFG.finditer(lists))
    elif name == "package.json":
        yield from _package_json(json.loads(text))
    elif name == "go.mod":
        required = "\n".join(each[1] or each[2] for each in _GO_REQUIRED.finditer(text))
        lines = (line.split() for line in required.splitlines() if "// indirect" not in line)
        yield from (words[0] for words in lines if len(words) > 1 and not words[0].startswith("//"))
    elif name == "Cargo.toml":
        yield from _cargo(tomllib.loads(text))
    elif is_lock(path):
        yield from _locked(name, text)
    else:
        yield from (python_name(line) for line in text.splitlines() if line[:1] not in ("", " ", "#", "-", "\t"))


def _pyproject(document: Mapping[str, Any]) -> Iterator[str]:
    project = document.get("project", {})
    lists = [project.get("dependencies", []), document.get("build-system", {}).get("requires", [])]
    lists += project.get("optional-dependencies", {}).values()
    lists += document.get("dependency-groups", {}).values()
    yield from (python_name(each) for listed in lists for each in listed if isinstance(each, str))
    poetry = document.get("tool", {}).get("poetry", {})
    groups = [poetry, *poetry.get("group", {}).values()]
    for group in groups:
        for key in ("dependencies", "dev-dependencies"):
            yield from (python_name(each) for each in group.get(key, {}) if each != "python")


def _package_json(document: Mapping[str, Any]) -> Iterator[str]:
    for key in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"):
        for name, version in document.get(key, {}).items():
            if not str(version).startswith(("workspace:", "file:", "link:", "portal:")):
                yield name


def _cargo(document: Mapping[str, Any]) -> Iterator[str]:
    tables = [document, document.get("workspace", {}), *document.get("target", {}).values()]
    for table in tables:
        for key in ("dependencies", "dev-dependencies", "build-dependencies"):
            for name, wanted in table.get(key, {}).items():
                details = wanted if isinstance(wanted, dict) else {}
                if not details.get("workspace") and ("path" not in details or "version" in details):
                    yield details.get("package", name)


def _locked(name: str, text: str) -> Iterator[str]:
    if name == "package-lock.json":
        for path in json.loads(text).get("packages", {}):
            yield path.rpartition("node_modules/")[2]
    elif name == "Pipfile.lock":
        document = json.loads(text)
        yield from (python_name(each) for key in ("default", "develop") for each in document.get(key, {}))
    elif name == "pnpm-lock.yaml":
        yield from (each[1] for each in _PNPM.finditer(text))
    elif name == "yarn.lock":
        yield from (each[1] for each in _YARN.finditer(text))
    elif name == "go.sum":
        yield from (line.split(" ", 1)[0] for line in text.splitlines())
    elif name == "Cargo.lock":
        yield from _LOCKED.findall(text)
    else:
        yield from map(python_name, _LOCKED.findall(text))
