"""Collect the one constant that every module of a registry folder defines."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def collect(package: ModuleType, name: str, kind: type[T]) -> dict[str, T]:
    """Return `{module: constant}` for each public module of `package`, sorted by module.

    A module that lacks the constant, or has one of another type, raises TypeError here
    instead of being a feature that silently went missing.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        value = getattr(module, name, None)
        if not isinstance(value, kind):
            raise TypeError(f"{module.__name__} must define {name}: {kind.__name__}")
        found[info.name] = value
    return found
