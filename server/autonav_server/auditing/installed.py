"""The packages that are installed or vendored in a worktree, with their licences; files are read, nothing is run."""

import json
import os
import tomllib
from collections.abc import Collection, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import NamedTuple

from autonav_analysis.audit.dependencies import python_name
from autonav_analysis.audit.licences import licence_of_text, spdx, verdict
from autonav_protocol.settings import Licences
from autonav_protocol.values.licence import LicenceVerdict, PackageLicence

ENVIRONMENTS = (".venv", "venv", ".env", "env")
LICENCE_FILES = ("LICENSE", "LICENCE", "LICENSE.md", "LICENSE.txt", "LICENSE-MIT", "COPYING", "UNLICENSE")
MOST_BYTES = 200_000


class _Package(NamedTuple):
    ecosystem: str
    name: str
    version: str
    licence: str
    source: str


def installed(
    root: str, policy: Licences, *, interpreter: str | None = None, names: Collection[str] | None = None
) -> tuple[PackageLicence, ...]:
    """Return the packages by ecosystem and name, with what a policy says of each; those named alone where given.

    `interpreter` is the Python whose environment is meant; by default the worktree's own. `names` are
    `ecosystem:name`. Those for which nothing is installed are returned as unknown.
    """
    found: dict[tuple[str, str], PackageLicence] = {}
    for each in _packages(root, interpreter, names):
        verdict_ = verdict(each.licence, policy.allow, policy.ask, policy.deny)
        found.setdefault(each[:2], PackageLicence(*each[:4], verdict_, each.source))
    for name in names or ():
        ecosystem, _, package = name.partition(":")
        found.setdefault((ecosystem, package), PackageLicence(ecosystem, package, "", "", LicenceVerdict.UNKNOWN))
    return tuple(found[key] for key in sorted(found))


def _packages(root: str, interpreter: str | None, names: Collection[str] | None) -> Iterator[_Package]:
    def wanted(ecosystem: str, name: str) -> bool:
        return names is None or f"{ecosystem}:{name}" in names

    for folder in _site_packages(root, interpreter):
        for each in distributions(path=[str(folder)]):
            name = python_name(each.metadata["Name"] or "")
            if name and wanted("python", name):
                yield _Package("python", name, each.version, _python_licence(each), _shown(root, folder))
    yield from (each for each in _node(root) if wanted("node", each.name))
    yield from (each for each in _vendored_go(root) if wanted("go", each.name))
    yield from (each for each in _vendored_rust(root) if wanted("rust", each.name))


def _site_packages(root: str, interpreter: str | None) -> Iterator[Path]:
    homes = [Path(interpreter).parent.parent] if interpreter else [Path(root) / each for each in ENVIRONMENTS]
    for home in homes:
        yield from sorted((home if home.is_absolute() else Path(root) / home).glob("lib/python3*/site-packages"))


def _python_licence(package: Distribution) -> str:
    metadata = package.metadata
    said = [each for key in ("License-Expression", "License") for each in metadata.get_all(key) or ()]
    said += [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or () if each.startswith("License")]
    return next((expression for each in said if each and (expression := spdx(each))), "")


def _node(root: str) -> Iterator[_Package]:
    for pattern in ("node_modules/*/package.json", "node_modules/@*/*/package.json"):
        for path in sorted(Path(root).glob(pattern)):
            try:
                document = json.loads(path.read_text("utf-8"))
                named = document.get("license") or document.get("licenses") or ""
                named = named[0] if isinstance(named, list) and named else named
                words = named.get("type", "") if isinstance(named, dict) else str(named)
                name, version = str(document["name"]), str(document.get("version", ""))
            except (OSError, ValueError, KeyError, AttributeError):
                continue
            yield _Package("node", name, version, spdx(words.strip("()")), _shown(root, path))


def _vendored_go(root: str) -> Iterator[_Package]:
    listed = Path(root) / "vendor/modules.txt"
    try:
        lines = listed.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return
    for words in (line.split() for line in lines if line.startswith("# ")):
        if len(words) >= 3:
            folder = Path(root) / "vendor" / words[1]
            yield _Package("go", words[1], words[2], _licence_in(folder), _shown(root, folder))


def _vendored_rust(root: str) -> Iterator[_Package]:
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for path in (*Path(root).glob("vendor/*/Cargo.toml"), *home.glob("registry/src/*/*/Cargo.toml")):
        try:
            package = tomllib.loads(path.read_text("utf-8"))["package"]
            name, version, words = package["name"], str(package["version"]), package.get("license", "")
        except (OSError, ValueError, KeyError, TypeError):
            continue
        yield _Package("rust", name, version, spdx(str(words)) or _licence_in(path.parent), _shown(root, path))


def _licence_in(folder: Path) -> str:
    for name in LICENCE_FILES:
        try:
            with open(folder / name, "rb") as file:
                text = file.read(MOST_BYTES)
        except OSError:
            continue
        if found := licence_of_text(text.decode("utf-8", "replace")):
            return found
    return ""


def _shown(root: str, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
