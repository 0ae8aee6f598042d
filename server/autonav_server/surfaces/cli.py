"""The command line: each operation is a subcommand, each field of its parameters an argument.

The parser is built from a generated table, so `--help` and `--version` import no operation.
"""

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from autonav_protocol.errors import AutonavError, Cancelled, Internal, Unavailable
from autonav_server.commandline.table import TABLE, Argument, Command
from autonav_server.main import PROCESSES

FINDINGS, USAGE = 1, 2


def main(argv: Sequence[str]) -> int:
    """Run one operation and return its exit code: 0 clean, 1 findings, 2 usage or failure."""
    parser = _parser()
    if not argv or argv[0] in ("-h", "--help", "help"):
        parser.print_help()
        return 0
    given = parser.parse_args(_joined(argv))
    options = vars(given)
    command: Command = options.pop("command")
    output, folder = options.pop("format"), options.pop("C")
    try:
        return asyncio.run(_run(command, options, output, folder))
    except KeyboardInterrupt:
        return _failed(Cancelled("cancelled"), output)
    except AutonavError as error:
        return _failed(error, output)
    except sqlite3.DatabaseError as error:
        return _failed(Unavailable(f"the store does not answer: {error}", "is the disk full?"), output)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _failed(Internal(f"{type(error).__name__}: {error}", f"please report it with {_kept(error)}"), output)


async def _run(command: Command, options: Mapping[str, Any], output: str, folder: str | None) -> int:
    import importlib

    from autonav_server.commandline.context import cli_context
    from autonav_server.operations._registry import bind, call

    declaration = importlib.import_module(f"autonav_protocol.operations.{command.module}")
    bound = bind(declaration.OPERATION)
    raw = {name: _value(command, name, value) for name, value in options.items() if value is not None}
    with cli_context(raw.get("worktree") or folder or os.getcwd(), quiet=output != "text") as context:
        task = asyncio.ensure_future(call(bound, context, raw))
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, task.cancel)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            result = await task
        except asyncio.CancelledError:
            raise Cancelled("cancelled") from None
    if output in bound.formats:
        _print(bound.formats[output](result))
    elif bound.text and output == "text":
        from autonav_analysis.findings import one_line

        _print("\n".join(map(one_line, bound.text(result).split("\n"))))
    else:
        _print(json.dumps(bound.operation.dump(result), indent=2))
    return bound.exit_code(bound.operation.params.model_validate(raw), result) if bound.exit_code else 0


def _parser() -> argparse.ArgumentParser:
    from importlib.metadata import version

    top = argparse.ArgumentParser("autonav", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=_epilog())
    top.add_argument("--version", action="version", version=f"autonav {version('oppie-autonav')}")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    for command in TABLE:
        verb = verbs.add_parser(command.words, help=command.title, description=command.doc)
        verb.set_defaults(command=command)
        verb.add_argument(
            "--format", choices=("text", "json", *command.formats), default="text", help="How to print the result."
        )
        verb.add_argument("-C", metavar="DIR", help="Work in this folder instead of the current one.")
        for argument in command.arguments:
            _add(verb, argument)
    return top


def _add(verb: argparse.ArgumentParser, argument: Argument) -> None:
    options: dict[str, Any] = {"help": argument.help, "metavar": argument.metavar}
    if argument.choices:
        options["choices"] = argument.choices
        del options["metavar"]
    if argument.kind == "flag":
        verb.add_argument(f"--{argument.name.replace('_', '-')}", action="store_true", default=None, help=argument.help)
    elif argument.positional:
        plural = {"list": "+" if argument.required else "*"}.get(argument.kind, None if argument.required else "?")
        verb.add_argument(argument.name, nargs=plural, **options)
    else:
        action = "append" if argument.kind in ("list", "map") else "store"
        verb.add_argument(
            f"--{argument.name.replace('_', '-')}",
            dest=argument.name,
            action=action,
            required=argument.required,
            **options,
        )


def _value(command: Command, name: str, value: Any) -> Any:
    kind = next(argument.kind for argument in command.arguments if argument.name == name)
    if kind == "map":
        return dict(each.rpartition("=")[::2] for each in value)
    return value


def _joined(argv: Sequence[str]) -> list[str]:
    """Return the arguments with the words of a verb (`scope add`) as one."""
    words = {command.words for command in TABLE}
    if len(argv) > 1 and f"{argv[0]} {argv[1]}" in words:
        return [f"{argv[0]} {argv[1]}", *argv[2:]]
    return list(argv)


def _epilog() -> str:
    return "processes:\n" + "\n".join(f"  {name:<20}  {said}" for name, said in PROCESSES.items())


def _print(text: str) -> None:
    safe = text.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode(sys.stdout.encoding or "utf-8")
    print(safe.rstrip("\n"))


def _kept(error: Exception) -> str:
    """Write where an error of ours came from to a file, and return its path."""
    import traceback

    from autonav_server.worktree.paths import private_folder, state_folder

    try:
        path = private_folder(state_folder()) / "last-error.txt"
        path.write_text("".join(traceback.format_exception(error)), "utf-8", "backslashreplace")
    except (OSError, AutonavError):
        return "the command that you ran"
    return str(path)


def _failed(error: AutonavError, output: str) -> int:
    if output == "json":
        print(json.dumps({"error": {"code": error.code, "message": error.message, "next_step": error.next_step}}))
    print(f"autonav: {error}", file=sys.stderr)
    return USAGE
