"""Write every file that follows from the declarations; with `--check` only name those that are stale."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from autonav_analysis import brace_rewrites, rewrites, rules
from autonav_analysis.rewrite import Rewrite
from autonav_analysis.rule import Rule
from autonav_protocol import events, operations
from autonav_protocol.collect import collect
from autonav_protocol.operation import Effect, Event, Operation, Surface
from autonav_protocol.settings import Settings
from autonav_protocol.values.contract import Contract
from autonav_server.generation import documents, editors, typescript
from autonav_server.generation.cli_table import cli_table

ROOT = Path(__file__).parents[2]
COMMAND = "make generate"
SCHEMAS = "protocol_ext/autonav_protocol/schemas"


def files() -> Mapping[str, Callable[[Path], str]]:
    """Return `{path below the root: function of the root that gives its text}`."""
    declared = collect(operations, "OPERATION", Operation)
    notified = collect(events, "EVENT", Event)
    ruled = collect(rules, "RULE", Rule)
    rewritten = [collect(folder, "REWRITE", Rewrite) for folder in (rewrites, brace_rewrites)]
    return {
        f"{SCHEMAS}/operations.json": lambda _: _json(_operations_schema(declared, notified)),
        f"{SCHEMAS}/settings.json": lambda _: _json(Settings.model_json_schema()),
        f"{SCHEMAS}/contract.json": lambda _: _json(TypeAdapter(Contract).json_schema()),
        "server/autonav_server/commandline/table.py": lambda _: cli_table(declared),
        "editors/vscode/src/protocol.gen.ts": lambda _: typescript.protocol(declared, notified),
        "editors/vscode/package.json": lambda root: editors.vscode_manifest(root, Settings),
        "editors/neovim/lua/autonav/operations.lua": lambda _: editors.lua_operations(declared),
        "docs/operations.md": lambda _: documents.operations_page(declared, notified),
        "docs/settings.md": lambda _: documents.settings_page(Settings),
        "docs/rewrites.md": lambda _: documents.rewrites_page(*rewritten),
        "docs/rules.md": lambda _: documents.rules_page(ruled),
        **{f"docs/rules/{rule.code}.md": lambda _, rule=rule: rule.page for rule in ruled.values()},
    }


def stale(root: Path = ROOT) -> list[str]:
    """Return the generated files that differ from what the declarations say."""
    return [path for path, make in files().items() if _read(root / path) != make(root)]


def main(argv: list[str]) -> int:
    """Write the stale files, or with `--check` print them and return 1."""
    old = stale()
    if "--check" in argv:
        print(*old, sep="\n")
        return bool(old)
    for path in old:
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(files()[path](ROOT), "utf-8")
        print(path)
    return 0


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


def _operations_schema(
    declared: Mapping[str, Operation[Any, Any]], notified: Mapping[str, Event[Any]]
) -> dict[str, Any]:
    return {
        "operations": {
            operation.words: {
                "title": operation.title,
                "effect": operation.effect,
                "surfaces": sorted(surface for surface in Surface if operation.serves(surface)),
                "changes_files": operation.effect in (Effect.WORKSPACE, Effect.GRANT),
                "params": operation.params.model_json_schema(),
                "result": operation.result_schema(),
            }
            for operation in declared.values()
        },
        "events": {event.method: event.payload_schema() for event in notified.values()},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
