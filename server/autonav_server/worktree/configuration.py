"""Reading settings: the repository's file, then the editor's, then flags, each checked."""

import os
import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from autonav_protocol.settings import Settings

FILES = ("autonav.toml", ".autonav.toml", "pyproject.toml")


class Configuration(NamedTuple):
    """Settings, and one sentence for each thing that could not be used."""

    settings: Settings
    problems: tuple[str, ...]


def load(root: str, *later: Mapping[str, Any]) -> Configuration:
    """Return the settings of a worktree: its file, then each of `later` in order.

    A source that does not fit the schema is left out as a whole and named in `problems`;
    where a field is a guard, a later source may only tighten it.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for index, (name, source) in enumerate([_read(root, problems), *(("the editor", each) for each in later)]):
        merged = _merged(Settings, values, source, first=index == 0)
        try:
            Settings.model_validate(merged)
        except ValidationError as error:
            problems += [f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
            continue
        values = merged
    return Configuration(Settings.model_validate(values), tuple(problems))


def _read(root: str, problems: list[str]) -> tuple[str, Mapping[str, Any]]:
    for name in FILES:
        path = os.path.join(root, name)
        try:
            with open(path, "rb") as file:
                document = tomllib.load(file)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            problems.append(f"{name}: {error}")
            continue
        if name != "pyproject.toml":
            return name, document
        if isinstance(table := document.get("tool", {}).get("autonav"), dict):
            return "pyproject.toml [tool.autonav]", table
    return "no file", {}


def _merged(
    model: type[BaseModel], earlier: Mapping[str, Any], later: Mapping[str, Any], *, first: bool
) -> dict[str, Any]:
    merged = dict(earlier)
    for name, value in later.items():
        info = model.model_fields.get(name)
        extra = info.json_schema_extra if info else None
        section = info.annotation if info else None
        if isinstance(value, Mapping) and isinstance(section, type) and issubclass(section, BaseModel):
            merged[name] = _merged(section, merged.get(name, {}), value, first=first)
        elif isinstance(extra, dict) and extra.get("guard") == "union" and isinstance(value, list | tuple) and info:
            added = value if first else [each for each in value if not str(each).startswith("!")]
            merged[name] = [*merged.get(name, info.default), *added]
        elif value is not None:
            merged[name] = value
    return merged
