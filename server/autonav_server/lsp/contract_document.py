"""What an editor offers in a contract file: completion, what a glob matches, and the way to its files."""

import os
import re
from collections.abc import Sequence
from typing import Any

import tomlkit
from lsprotocol import types

from autonav_analysis.contracts.contract_file import KEYS, LIMITS, LISTS
from autonav_analysis.contracts.globs import matching
from autonav_analysis.contracts.scope import SEPARATOR
from autonav_analysis.findings import counted
from autonav_server.lsp.diagnostics import uri_of
from autonav_server.worktree.tasks import FOLDER

STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|\'[^\']*\'?')
TABLE = re.compile(r"^\s*\[\s*(\w+)\s*\]")
MOST_OFFERED, MOST_READ, MOST_LOCATIONS = 200, 5_000, 200

SAID = {
    "task": "What is to be done, in your own words.",
    "base": "The commit the task started on.",
    "expires": "When the contract ends, as 2026-01-31T18:00:00Z.",
    "validate": 'Commands that prove the task, each a list of words: [["pytest", "-q"]].',
    "scope": "The lists of globs that say what the task may touch.",
    "budget": "What the task may come to: files, lines, minutes, runs.",
    "schema_version": "The version of this file's schema.",
    "edit": "Files the task may edit, create and delete.",
    "create": "Files the task may create; with it, `edit` no longer covers new files.",
    "symbols": "PATH::NAME: symbols the task may touch in files that `edit` does not cover.",
    "never": "Files the task must not touch, whatever else is said.",
    "read_only": "Files the task may read but not change.",
    "generated": "Files that tools write; no budget counts them.",
    "files": "How many files the change may come to.",
    "lines": "How many added and removed lines it may come to.",
    "minutes": "How many minutes from its start the task may take.",
    "runs": "How often its tests may be run or searched for a fix.",
}
"""What each key means, for completion and hover."""


def is_contract(relative: str) -> bool:
    """Return whether a root-relative path is a contract's."""
    return relative.startswith(f"{FOLDER}/") and relative.endswith(".toml")


def completions(text: str, line: int, column: int, paths: Sequence[str]) -> list[types.CompletionItem]:
    """Return what may stand at a 0-based line and column: keys of the table, or paths and folders in a string."""
    lines = text.split("\n")
    here = lines[line] if line < len(lines) else ""
    table = _table_at(lines, line)
    found = _string_at(here, column)
    if found is None:
        if "=" in here[:column] or _inside_list(lines, line):
            return []
        keys = {"": KEYS, "scope": LISTS, "budget": LIMITS}.get(table, ())
        kind = types.CompletionItemKind.Property
        return [types.CompletionItem(label=key, kind=kind, detail=SAID[key], insert_text=_insert(key)) for key in keys]
    if table != "scope":
        return []
    start, content = found
    typed = content[: max(0, column - start - 1)].removeprefix("!").removeprefix("/")
    folder = typed.rpartition("/")[0]
    offered: dict[str, types.CompletionItemKind] = {}
    for path in paths:
        if not path.startswith(typed):
            continue
        rest = path[len(folder) + 1 if folder else 0 :]
        head, slash, _ = rest.partition("/")
        label = f"{folder}/{head}" if folder else head
        kind = types.CompletionItemKind.Folder if slash else types.CompletionItemKind.File
        offered[label + ("/**" if slash else "")] = kind
        if len(offered) >= MOST_OFFERED:
            break
    where = types.Range(types.Position(line, start + 1), types.Position(line, start + 1 + len(content)))
    return [
        types.CompletionItem(label=label, kind=kind, text_edit=types.TextEdit(where, label))
        for label, kind in sorted(offered.items())
    ]


def hover(text: str, line: int, column: int, root: str, paths: Sequence[str]) -> str | None:
    """Return what the glob or key at a place means, Markdown; None where there is neither."""
    glob = glob_at(text, line, column)
    if glob is None:
        key = key_at(text, line, column)
        return f"`{key}`: {SAID[key]}" if key in SAID else None
    found = _matched(glob, paths)
    lines = sum(_lines_of(os.path.join(root, path)) for path in found[:MOST_READ])
    said = f"matches **{counted(len(found), 'file')}**, {counted(lines, 'line')}"
    listed = "".join(f"\n- {path}" for path in found[:10]) + ("\n- …" if len(found) > 10 else "")
    return f"`{glob}` {said}{listed}"


def key_at(text: str, line: int, column: int) -> str:
    """Return the key that a line sets and a column stands on, "" elsewhere."""
    lines = text.split("\n")
    key = lines[line].partition("=")[0] if line < len(lines) else ""
    return key.strip() if column <= len(key) else ""


def locations(text: str, line: int, column: int, root: str, paths: Sequence[str]) -> list[types.Location]:
    """Return the files that the glob at a place matches."""
    glob = glob_at(text, line, column)
    top = types.Range(types.Position(0, 0), types.Position(0, 0))
    found = _matched(glob, paths)[:MOST_LOCATIONS] if glob is not None else ()
    return [types.Location(uri_of(os.path.join(root, path)), top) for path in found]


def glob_at(text: str, line: int, column: int) -> str | None:
    """Return the glob written at a place of the scope, None elsewhere."""
    lines = text.split("\n")
    if line >= len(lines) or _table_at(lines, line) != "scope":
        return None
    found = _string_at(lines[line], column)
    if found is None:
        return None
    start, content = found
    quoted = lines[line][start : start + len(content) + 2]
    try:
        value: Any = tomlkit.parse(f"x = {quoted}").unwrap()["x"]
    except Exception:  # a string that is being typed
        return content
    return str(value)


def _matched(glob: str, paths: Sequence[str]) -> tuple[str, ...]:
    path = glob.partition(SEPARATOR)[0].removeprefix("!")
    return matching((path,), paths)


def _string_at(line: str, column: int) -> tuple[int, str] | None:
    """Return where the string around a column begins, and what stands between its quotes."""
    for match in STRING.finditer(line.partition(" #")[0]):
        quoted = match.group()
        closed = len(quoted) > 1 and quoted[-1] == quoted[0]
        if match.start() < column <= match.end() - closed or (match.start() < column == match.end() and not closed):
            return match.start(), quoted[1:-1] if closed else quoted[1:]
    return None


def _table_at(lines: Sequence[str], line: int) -> str:
    tables = (match.group(1) for each in reversed(lines[: line + 1]) if (match := TABLE.match(each)))
    return next(tables, "")


def _inside_list(lines: Sequence[str], line: int) -> bool:
    for each in reversed(lines[:line]):
        if TABLE.match(each):
            return False
        if "=" in each:
            return "[" in each.partition("=")[2] and "]" not in each.partition("=")[2]
    return False


def _insert(key: str) -> str:
    if key in LISTS:
        return f'{key} = [""]'
    return f"[{key}]" if key in ("scope", "budget") else f"{key} = "


def _lines_of(path: str) -> int:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return 0
    return 0 if b"\0" in data[:8192] else data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
