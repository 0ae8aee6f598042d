"""The files that an agent sees through its client: a copy on disk that is only read, and its writes in memory."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from autonav_server.proposer import MOST_BYTES, Brief, breach_of_path


class NotAllowed(Exception):
    """An agent asked for what it may not have; the message says why."""


@dataclass
class Overlay:
    """A copy in `folder`, with what was written over it; `refused` says what was asked for and not allowed."""

    brief: Brief
    folder: str
    written: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def read(overlay: Overlay, path: str, line: int | None = None, limit: int | None = None) -> str:
    """Return the text of a file, or `limit` lines from the 1-based `line` on; raises NotAllowed."""
    inside = _inside(overlay, path)
    data = overlay.written.get(inside)
    if data is None:
        absolute = os.path.join(overlay.folder, inside)
        if os.path.realpath(absolute) != absolute or not os.path.isfile(absolute):
            raise NotAllowed(f"there is no file {inside}")
        with open(absolute, "rb") as file:
            data = file.read()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise NotAllowed(f"{inside} is no text in UTF-8") from error
    if line is None and limit is None:
        return text
    lines, first = text.split("\n"), max(0, (line or 1) - 1)
    return "\n".join(lines[first:] if limit is None else lines[first : first + limit])


def write(overlay: Overlay, path: str, text: str) -> None:
    """Keep a new text of a file in memory; raises NotAllowed where it may not be written."""
    try:
        inside = _inside(overlay, path)
        if said := breach_of_path(overlay.brief, inside):
            raise NotAllowed(said)
        if len(text) > MOST_BYTES:
            raise NotAllowed(f"{inside} becomes larger than {MOST_BYTES >> 10} KiB")
    except NotAllowed as error:
        overlay.refused.append(str(error))
        raise
    overlay.written[inside] = text.encode("utf-8", "replace")


def may_edit(overlay: Overlay, paths: Sequence[str]) -> bool:
    """Return whether there are paths, and all of them may be written."""
    try:
        said = [breach_of_path(overlay.brief, _inside(overlay, path)) for path in paths]
    except NotAllowed as error:
        said = [str(error)]
    overlay.refused += filter(None, said)
    return bool(said) and not any(said)


def _inside(overlay: Overlay, path: str) -> str:
    """Return a path relative to the copy."""
    absolute = os.path.normpath(os.path.join(overlay.folder, path))
    inside = os.path.relpath(absolute, overlay.folder)
    if "\0" in path or inside == ".." or inside.startswith("../"):
        raise NotAllowed(f"{path!r} is no path of the worktree")
    return inside
