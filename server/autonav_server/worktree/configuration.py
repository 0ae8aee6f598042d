"""Reading settings: the repository's file, then the editor's, then flags, each checked."""

import json
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, get_args

from blake3 import blake3
from pydantic import BaseModel, ValidationError

from autonav_protocol.errors import BadRequest
from autonav_protocol.settings import Loudness, Proposers, Settings
from autonav_server.worktree.paths import config_folder

FILES = ("autonav.toml", ".autonav.toml", "pyproject.toml")
Source = str | Callable[[str], bytes]
"""Where a repository's file is read: a root on disk, or what gives the bytes of a path, else FileNotFoundError."""


class Configuration(NamedTuple):
    """Settings, and one sentence for each thing that could not be used."""

    settings: Settings
    problems: tuple[str, ...]


class Policy(NamedTuple):
    """The settings file of a repository: its path ("" without one) and the BLAKE3 of what it sets."""

    path: str
    digest: str


def policy(source: Source) -> Policy:
    """Return which file sets the repository's own settings, and a hash of the values, comments aside."""
    name, values = _read(source, [])
    path = name.partition(" ")[0] if values or name in FILES else ""
    said = json.dumps(values, sort_keys=True, default=str)
    return Policy(path, blake3(said.encode()).hexdigest())


def load(source: Source, *later: Mapping[str, Any]) -> Configuration:
    """Return the settings of a worktree: its file, then the person's own, then each of `later` in order.

    A source that does not fit the schema is left out as a whole and named in `problems`;
    where a field is a guard, a later source may only tighten it.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    sources = [_read(source, problems), _read_user(problems), *(("the editor", each) for each in later)]
    for index, (name, said) in enumerate(sources):
        merged = _merged(Settings, values, said, first=index == 0)
        try:
            Settings.model_validate(merged)
        except ValidationError as error:
            problems += [f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
            continue
        values = merged
    return Configuration(Settings.model_validate(values), tuple(problems))


def both(granted: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """Return what is protected while settings are not those that were granted: what either protects."""
    return (*granted, *(glob for glob in now if glob not in granted and not glob.startswith("!")))


def loudest(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return how rules are heard where both of these say so: by each code what is louder."""
    volumes = get_args(Loudness)
    return {
        code: max(said, key=lambda each: volumes.index(each) if each in volumes else len(volumes))
        for code in {**one, **other}
        if (said := [each[code] for each in (one, other) if code in each])
    }


def proposers() -> Proposers:
    """Return whom a person lets be asked for candidates; raise BadRequest where that cannot be read.

    Only their own file is looked at: a repository that could name a proposer could run any program.
    """
    problems: list[str] = []
    path, values = _user_file(problems)
    try:
        if problems:
            raise BadRequest(problems[0])
        return Proposers.model_validate(values.get("proposers", {}))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{path}: proposers.{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _read(source: Source, problems: list[str]) -> tuple[str, Mapping[str, Any]]:
    for name in FILES:
        try:
            document = _document(_bytes(source, name))
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


@lru_cache(16)
def _document(text: bytes) -> Mapping[str, Any]:
    """Return what a file sets; to read one takes microseconds, to parse it milliseconds, and it is asked at each look."""
    return tomllib.loads(text.decode("utf-8"))


def _bytes(source: Source, name: str) -> bytes:
    if not isinstance(source, str):
        return source(name)
    with open(os.path.join(source, name), "rb") as file:
        return file.read()


def _read_user(problems: list[str]) -> tuple[str, Mapping[str, Any]]:
    path, values = _user_file(problems)
    return path, {name: value for name, value in values.items() if name != "proposers"}


def _user_file(problems: list[str]) -> tuple[str, Mapping[str, Any]]:
    path = config_folder() / "config.toml"
    try:
        return str(path), _document(path.read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        problems.append(f"{path}: {error}")
    return str(path), {}


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
        elif isinstance(extra, dict) and extra.get("guard") == "louder" and isinstance(value, Mapping):
            merged[name] = loudest(merged.get(name, {}), value)
        elif value is not None:
            merged[name] = value
    return merged
