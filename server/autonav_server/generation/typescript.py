"""TypeScript types of the wire."""

import json
from collections.abc import Mapping
from typing import Any

from autonav_protocol.operation import Event, Operation
from autonav_server.generation import NOTE


def protocol(declared: Mapping[str, Operation[Any, Any]], notified: Mapping[str, Event[Any]]) -> str:
    """Return interfaces for every parameter, result and value, and a map from command to its pair."""
    types: dict[str, str] = {}
    for operation in declared.values():
        _collect(types, operation.params.__name__, operation.params.model_json_schema())
        _collect(types, operation.result.__name__, operation.result_schema())
    for event in notified.values():
        _collect(types, event.payload.__name__, event.payload_schema())
    pairs = [f'  "{o.command}": [{o.params.__name__}, {o.result.__name__}];' for o in declared.values()]
    payloads = [f'  "{e.method}": {e.payload.__name__};' for e in notified.values()]
    return "\n".join(
        [
            f"// {NOTE}",
            *(types[name] for name in sorted(types)),
            "/** Server commands with their parameters and results. */",
            "export interface Operations {",
            *pairs,
            "}",
            "/** Notifications from the server with their payloads. */",
            "export interface Events {",
            *payloads,
            "}",
            "",
        ]
    )


def _collect(types: dict[str, str], name: str, schema: Mapping[str, Any]) -> None:
    for title, one in {**schema.get("$defs", {}), name: schema}.items():
        types[title] = _declaration(title, one)


def _declaration(title: str, one: Mapping[str, Any]) -> str:
    said = f"/** {' '.join(one.get('description', title).split())} */"
    if "enum" in one:
        return f"{said}\nexport type {title} = {_type(one)};"
    required = one.get("required", [])
    properties = one.get("properties", {})
    fields = [f"  {name}{'' if name in required else '?'}: {_type(value)};" for name, value in properties.items()]
    return "\n".join([said, f"export interface {title} {{", *fields, "}"])


def _type(one: Mapping[str, Any]) -> str:
    if "$ref" in one:
        return one["$ref"].rpartition("/")[2]
    if "const" in one:
        return json.dumps(one["const"])
    if "enum" in one:
        return " | ".join(json.dumps(value) for value in one["enum"])
    if "anyOf" in one:
        return " | ".join(_type(each) for each in one["anyOf"])
    kind = one.get("type")
    if kind == "array":
        return f"({_type(one.get('items', {}))})[]"
    if kind == "object":
        values = one.get("additionalProperties")
        return f"Record<string, {_type(values)}>" if isinstance(values, dict) and values else "Record<string, unknown>"
    plain = {"integer": "number", "number": "number", "string": "string", "boolean": "boolean", "null": "null"}
    return plain.get(str(kind), "unknown")
