"""The contract file: TOML that a person owns, read with problems instead of exceptions, edited with comments kept."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from autonav_protocol.values.contract import Budget, Contract, Scope

SCHEMA_VERSION = 1
LISTS = tuple(field.name for field in fields(Scope))
LIMITS = tuple(field.name for field in fields(Budget))
KEYS = ("schema_version", "task", "base", "expires", "validate", "scope", "budget")


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
    document.add(tomlkit.comment("Globs are gitignore style; never > read_only > generated > create > edit > symbols."))
    document["schema_version"] = SCHEMA_VERSION
    document["task"] = contract.task
    document["base"] = contract.base
    if contract.expires:
        document["expires"] = contract.expires
    if contract.validate:
        document["validate"] = [list(argv) for argv in contract.validate]
    scope = tomlkit.table()
    for name in LISTS:
        globs = getattr(contract.scope, name)
        if globs or name == "edit":
            scope[name] = _array(globs)
    document["scope"] = scope
    limits = {name: limit for name in LIMITS if (limit := getattr(contract.budget, name)) is not None}
    if limits:
        document["budget"] = limits
    return tomlkit.dumps(document)


def read(slug: str, text: str) -> ReadContract:
    """Read a contract file; what cannot be read becomes problems, and unknown keys are named."""
    try:
        document = tomlkit.parse(text).unwrap()
    except TOMLKitError as error:
        return ReadContract(None, (Problem(getattr(error, "line", 1) or 1, f"not valid TOML: {error}"),))
    version = document.get("schema_version", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        message = f"schema_version {version} is newer than {SCHEMA_VERSION}; upgrade AutoNav"
        return ReadContract(None, (Problem(line_of(text, "schema_version"), message),))
    found: list[Problem] = []

    def given(key: str, kind: type, said: str, within: Mapping[str, Any] = document) -> Any:
        value = within.get(key, kind())
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        found.append(Problem(line_of(text, key), f"{key} must be {said}"))
        return kind()

    scope, budget = given("scope", dict, "a table"), given("budget", dict, "a table")
    found += [
        Problem(line_of(text, key), f"unknown key {key}")
        for key in (*(document.keys() - set(KEYS)), *(scope.keys() - set(LISTS)), *(budget.keys() - set(LIMITS)))
    ]
    lists = {name: _strings(given(name, list, "a list of globs", scope), name, text, found) for name in LISTS}
    commands = [
        _strings(argv if isinstance(argv, list) else [None], "validate", text, found)
        for argv in given("validate", list, "a list of argv lists")
    ]
    contract = Contract(
        slug=slug,
        task=given("task", str, "a string"),
        scope=Scope(**lists),
        base=given("base", str, "a string"),
        validate=tuple(argv for argv in commands if argv),
        budget=Budget(**{name: given(name, int, "a whole number", budget) for name in LIMITS if name in budget}),
        expires=_expires(document, text, found),
    )
    return ReadContract(contract, tuple(sorted(found)))


def add_globs(text: str, list_name: str, globs: Iterable[str]) -> str:
    """Return the contract file with `globs` added to one scope list, comments and order kept."""
    document = tomlkit.parse(text)
    scope = _table(document, "scope")
    if not isinstance(scope.get(list_name), Array):
        scope[list_name] = _array(())
    array = scope[list_name]
    for glob in globs:
        if glob not in array:
            array.append(glob)
    return tomlkit.dumps(document)


def remove_globs(text: str, globs: Iterable[str]) -> str:
    """Return the contract file without `globs` in any scope list, comments and order kept."""
    document = tomlkit.parse(text)
    scope = _table(document, "scope")
    for name in LISTS:
        array = scope.get(name, [])
        for glob in globs:
            if glob in array:
                array.remove(glob)
    return tomlkit.dumps(document)


def set_limits(text: str, limits: Mapping[str, int], expires: str = "") -> str:
    """Return the contract file with budget limits, and its end where that is given."""
    document = tomlkit.parse(text)
    for name, limit in limits.items():
        _table(document, "budget")[name] = limit
    if expires:
        document["expires"] = expires
    return tomlkit.dumps(document)


def line_of(text: str, key: str) -> int:
    """Return the 1-based line on which `key` is set, 1 where it is not."""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(rf"\s*(\[\s*)?{re.escape(key)}\s*(=|\])", line):
            return number
    return 1


def line_of_value(text: str, value: str) -> int:
    """Return the 1-based line on which a string is written, 1 where it is not."""
    written = tomlkit.item(value).as_string()
    spelt = (written, f"'{value}'")
    return next((n for n, line in enumerate(text.split("\n"), 1) if any(each in line for each in spelt)), 1)


def _array(globs: Iterable[str]) -> Array:
    array = tomlkit.array()
    array.extend(globs)
    return array.multiline(len(array) > 3)


def _strings(value: list[Any], name: str, text: str, found: list[Problem]) -> tuple[str, ...]:
    if all(isinstance(each, str) for each in value):
        return tuple(value)
    found.append(Problem(line_of(text, name), f"{name} must hold strings alone"))
    return ()


def _expires(document: Mapping[str, Any], text: str, found: list[Problem]) -> str:
    value = document.get("expires", "")
    if isinstance(value, datetime):
        value = value.isoformat()
    try:
        if value == "" or datetime.fromisoformat(value).tzinfo is not None:
            return str(value)
    except (TypeError, ValueError):
        pass
    found.append(Problem(line_of(text, "expires"), "expires must be a time with its zone, as 2026-01-31T18:00:00Z"))
    return ""


def _table(document: Any, name: str) -> Any:
    if name not in document:
        document[name] = tomlkit.table()
    return document[name]
