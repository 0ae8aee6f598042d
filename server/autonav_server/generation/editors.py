"""What editors need to know of operations and settings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from autonav_protocol.operation import Operation, Surface
from autonav_server.generation import NOTE
from autonav_server.generation.fields import default, leaves, shape

JSON_TYPES = {
    "flag": "boolean",
    "list": "array",
    "map": "object",
    "text": "string",
    "integer": "integer",
    "number": "number",
}


def vscode_manifest(root: Path, settings: type[BaseModel]) -> str:
    """Return the extension's manifest with `contributes.configuration` made from the settings.

    Every setting of the server joins the extension's own, which are those outside the schema's names.
    """
    path = root / "editors/vscode/package.json"
    manifest = json.loads(path.read_text("utf-8")) if path.exists() else {}
    contributes = manifest.setdefault("contributes", {})
    configuration = contributes.setdefault("configuration", {"title": "AutoNav", "properties": {}})
    sections = tuple(f"autonav.{name}" for name in settings.model_fields)
    own = {
        name: value
        for name, value in configuration.get("properties", {}).items()
        if not name.startswith(tuple(f"{section}." for section in sections)) and name not in sections
    }
    generated = {f"autonav.{name}": _property(info) for name, info in leaves(settings)}
    configuration["properties"] = {**own, **generated}
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def lua_operations(declared: Mapping[str, Operation[Any, Any]]) -> str:
    """Return the Lua table of operations that an editor may call."""
    rows = [
        f'  ["{operation.words}"] = {{ command = "{operation.command}", request = "{operation.request}", '
        f'title = "{operation.title}" }},'
        for operation in declared.values()
        if operation.serves(Surface.EDITOR)
    ]
    return "\n".join([f"-- {NOTE}", "return {", *rows, "}", ""])


def _property(info: Any) -> dict[str, Any]:
    kind, choices = shape(info)
    nullable = default(info) is None
    described: dict[str, Any] = {
        "type": [JSON_TYPES[kind], "null"] if nullable else JSON_TYPES[kind],
        "markdownDescription": info.description or "",
        "scope": "resource",
    }
    if kind == "list":
        described |= {"items": {"type": "string"}, "default": []}
    else:
        described["default"] = None if nullable else default(info)
    return described | ({"enum": list(choices)} if choices else {})
