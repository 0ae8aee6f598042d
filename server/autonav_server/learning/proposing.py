"""A proposal of settings on disk: the settings file as it would be, and the page of evidence beside it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit

from autonav_protocol.errors import BadRequest
from autonav_protocol.settings import Settings
from autonav_server.worktree.configuration import FILES, policy
from autonav_server.worktree.paths import cache_folder, private_folder
from autonav_server.worktree.worktree import Worktree


class Change(NamedTuple):
    """A change of the settings file: its path in the worktree, and its text before ("" where it is new) and after."""

    path: str
    before: str
    after: str


def change(worktree: Worktree, sets: Sequence[str]) -> Change:
    """Return what assignments make of the worktree's settings file, its comments and order kept.

    Raises BadRequest where that cannot be read.
    """
    path = policy(worktree.root).path or FILES[0]
    file = Path(worktree.path(path))
    try:
        before = file.read_bytes().decode() if file.exists() else ""
        document = tomlkit.parse(before)
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path} cannot be read: {error}", "mend it first") from error
    above: Any = document["tool"]["autonav"] if path == "pyproject.toml" else document  # type: ignore[index]
    for each in sets:
        name, _, said = each.partition("=")
        *sections, field = name.split(".")
        table = above
        for section in sections:
            if section not in table:
                table.add(section, tomlkit.table())
            table = table[section]
        table[field] = json.loads(said)
    return Change(path, before, tomlkit.dumps(document))


def before_of(settings: Settings, sets: Sequence[str]) -> tuple[str, ...]:
    """Return the assignments that undo others: what those names are now; a factor that is not set is 1."""
    found = []
    for name in (each.partition("=")[0] for each in sets):
        section, _, rest = name.partition(".")
        field, _, key = rest.partition(".")
        now = getattr(getattr(settings, section), field)
        found.append(f"{name}={json.dumps(now.get(key, 1.0) if key else now)}")
    return tuple(found)


def written(worktree: Worktree, changed: Change, page: str) -> tuple[Path, Path]:
    """Write a proposal and its page where files can be made again, in place of the last ones, and return both paths."""
    folder = private_folder(private_folder(cache_folder() / "self-improve") / worktree.id)
    proposal, evidence = folder / Path(changed.path).name, folder / "evidence.md"
    proposal.write_bytes(changed.after.encode())
    evidence.write_bytes(page.encode())
    return proposal, evidence
