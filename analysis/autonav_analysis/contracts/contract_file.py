"""The contract file: TOML that a person owns, read with problems instead of exceptions, edited with comments kept."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from autonav_protocol.values.contract import Contract, Scope

SCHEMA_VERSION = 1
LISTS = tuple(field.name for field in fields(Scope))


class Problem(NamedTuple):
    """What is wrong with a contract file, and on which 1-based line as far as that is known."""

    line: int
    message: str


class ReadContract(NamedTuple):
    """A contract as read; None where the file cannot be understood at all."""

    contract: Contract | None
    problems: tuple[Problem, ...]


def slug_of(task: str) -> str:
    """Return a file name for a task: its first words in lower-case ASCII, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", task).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words)[:48].strip("-") or "task"


def render(contract: Contract) -> str:
    """Return a new contract file."""
    document = tomlkit.document()
    document.add(tomlkit.comment("What this task may touch. The file is yours: edit it, then accept the edit."))
    document.add(tomlkit.comment("Globs are gitignore style; never > read_only > generated > create > edit."))
    document["schema_version"] = SCHEMA_VERSION
    document["task"] = contract.task
    document["base"] = contract.base
    scope = tomlkit.table()
    for name in LISTS:
        globs = getattr(contract.scope, name)
        if globs or name == "edit":
            scope[name] = _array(globs)
    document["scope"] = scope
    return tomlkit.dumps(document)


def read(slug: str, text: str) -> ReadContract:
    """Read a contract file; what cannot be read becomes problems, and unknown keys are named."""
    try:
        document = tomlkit.parse(text).unwrap()
    except TOMLKitError as error:
        return ReadContract(None, (Problem(getattr(error, "line", 1) or 1, f"not valid TOML: {error}"),))
    found: list[Problem] = []
    version = document.get("schema_version", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        message = f"schema_version {version} is newer than {SCHEMA_VERSION}; upgrade AutoNav"
        return ReadContract(None, (Problem(line_of(text, "schema_version"), message),))
    task, base = document.get("task", ""), document.get("base", "")
    for name, value in (("task", task), ("base", base)):
        if not isinstance(value, str):
            found.append(Problem(line_of(text, name), f"{name} must be a string"))
    scope = document.get("scope", {})
    if not isinstance(scope, dict):
        found.append(Problem(line_of(text, "scope"), "scope must be a table"))
        scope = {}
    found += [
        Problem(line_of(text, key), f"unknown key {key}")
        for key in (
            *(document.keys() - {"schema_version", "task", "base", "scope"}),
            *(scope.keys() - set(LISTS)),
        )
    ]
    lists = {name: _globs(name, scope.get(name, []), text, found) for name in LISTS}
    contract = Contract(slug=slug, task=str(task), scope=Scope(**lists), base=str(base))
    return ReadContract(contract, tuple(found))


def add_globs(text: str, list_name: str, globs: Iterable[str]) -> str:
    """Return the contract file with `globs` added to one scope list, comments and order kept."""
    document = tomlkit.parse(text)
    if "scope" not in document:
        document["scope"] = tomlkit.table()
    scope: Any = document["scope"]
    if not isinstance(scope.get(list_name), Array):
        scope[list_name] = _array(())
    array = scope[list_name]
    for glob in globs:
        if glob not in array:
            array.append(glob)
    return tomlkit.dumps(document)


def line_of(text: str, key: str) -> int:
    """Return the 1-based line on which `key` is set, 1 where it is not."""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(rf"\s*(\[\s*)?{re.escape(key)}\s*(=|\])", line):
            return number
    return 1


def _array(globs: Iterable[str]) -> Array:
    array = tomlkit.array()
    array.extend(globs)
    return array.multiline(len(array) > 3)


def _globs(name: str, value: Any, text: str, found: list[Problem]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        found.append(Problem(line_of(text, name), f"{name} must be a list of globs"))
        return ()
    return tuple(value)
