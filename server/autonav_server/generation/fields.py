"""What a field of a pydantic model is, in the plain terms that every generated text needs."""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo


class Shape(NamedTuple):
    """A field's kind (flag, list, map, text, number or section) and the values it may take, if few."""

    kind: Literal["flag", "list", "map", "text", "integer", "number", "section"]
    choices: tuple[str, ...]


def shape(info: FieldInfo) -> Shape:
    """Return the shape of a field; optional fields have the shape of what they hold."""
    return _shape(info.annotation)


def extra(info: FieldInfo) -> Mapping[str, Any]:
    """Return the field's own remarks (`positional`, `metavar`, `guard`)."""
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield `(dotted name, field)` of every field that is not a section."""
    for name, info in model.model_fields.items():
        section = info.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from leaves(section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info


def default(info: FieldInfo) -> Any:
    """Return the default as a JSON value; None where there is none."""
    value = None if info.is_required() else info.get_default(call_default_factory=True)
    return list(value) if isinstance(value, tuple) else value


def _shape(annotation: Any) -> Shape:
    origin, given = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _shape(next(each for each in given if each is not type(None)))
    if origin is Literal:
        return Shape("text", tuple(map(str, given)))
    if origin in (tuple, list):
        return Shape("list", ())
    if origin is dict:
        return Shape("map", ())
    named: dict[Any, Literal["flag", "integer", "number"]] = {bool: "flag", int: "integer", float: "number"}
    return Shape(named.get(annotation, "text"), ())
