"""The command line's table: what the parser needs to know of each operation, with nothing to import."""

from collections.abc import Mapping
from typing import Any

from autonav_protocol.operation import Operation, Surface
from autonav_server.generation import NOTE
from autonav_server.generation.fields import extra, shape


def cli_table(declared: Mapping[str, Operation[Any, Any]]) -> str:
    """Return the Python text of the table."""
    lines = [
        f'"""What the command line offers. {NOTE}"""',
        "",
        "from typing import NamedTuple",
        "",
        "",
        "class Argument(NamedTuple):",
        '    """One argument of a verb."""',
        "",
        "    name: str",
        "    kind: str",
        "    positional: bool",
        "    required: bool",
        "    metavar: str | None",
        "    choices: tuple[str, ...]",
        "    help: str",
        "",
        "",
        "class Command(NamedTuple):",
        '    """One verb."""',
        "",
        "    words: str",
        "    module: str",
        "    title: str",
        "    doc: str",
        "    formats: tuple[str, ...]",
        "    arguments: tuple[Argument, ...]",
        "",
        "",
        "# fmt: off",
        "TABLE: tuple[Command, ...] = (",
    ]
    for operation in declared.values():
        if operation.serves(Surface.CLI):
            lines += _command(operation)
    return "\n".join([*lines, ")", ""])


def _command(operation: Operation[Any, Any]) -> list[str]:
    head = f"    Command({operation.words!r}, {operation.module!r}, {operation.title!r}, {operation.doc!r}, {operation.formats!r}, ("
    rows = []
    for name, info in operation.params.model_fields.items():
        kind, choices = shape(info)
        remarks = extra(info)
        text = (info.description or "").replace("%", "%%")
        row = (name, kind, bool(remarks.get("positional")), info.is_required(), remarks.get("metavar"), choices, text)
        rows.append(f"        Argument{row!r},  # noqa: E501")
    return [head.replace("Command(", "Command(", 1) + "  # noqa: E501", *rows, "    )),"]
