"""Settings files as flat keys and values: TOML, JSON and INI, before with after."""

import configparser
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from autonav_analysis.audit.paths import categories

INI = re.compile(r"\.(cfg|ini)$|(^|/)\.(coveragerc|flake8|pylintrc)$")
SETTINGS = re.compile(
    r"(^|/)(pyproject\.toml|setup\.cfg|package\.json|Cargo\.toml|tarpaulin\.toml|sonar-project\.properties|\.?oxlintrc\.json"
    r"|Makefile|justfile|vite\.config\.\w+)$|(^|/)\.circleci/"
)
EXAMPLES = re.compile(r"(^|/)(fixtures?|testdata|resources|__fixtures__|corpus|examples?|dist|ISSUE_TEMPLATE)(/|$)")
DECIDING = frozenset(("ci", "test config", "lint config", "hooks"))


def decides_checks(path: str) -> bool:
    """Return whether a file says how the project is tested and checked."""
    if EXAMPLES.search(path):
        return False
    return SETTINGS.search(path) is not None or bool(categories(path) & DECIDING)


def flat_settings(path: str, text: bytes | None) -> Mapping[str, Any] | None:
    """Return `{dotted key: value}`, lists as values; None for a file that is of no such kind or cannot be read."""
    try:
        decoded = (text or b"").decode("utf-8")
        if path.endswith(".toml"):
            return dict(_flat((), tomllib.loads(decoded)))
        if path.endswith(".json"):
            return dict(_flat((), json.loads(decoded or "{}")))
        if INI.search(os.path.basename(path)):
            return _ini(decoded)
    except (ValueError, configparser.Error, RecursionError):
        return None
    return None


def _ini(text: str) -> Mapping[str, Any]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    return {
        f"{section}.{key}": value if value is None or "\n" not in value else value.split("\n")
        for section in parser.sections()
        for key, value in parser.items(section)
    }


def _flat(above: tuple[str, ...], value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat((*above, str(key)), each)
    else:
        yield ".".join(above), value
