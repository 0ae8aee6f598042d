"""Where explorations keep what they did: a folder for each run, in our private part of the worktree."""

import json
import os
import re
from typing import Any

from autonav_protocol.errors import NotFound
from autonav_server.evaluation.searching import is_searched
from autonav_server.worktree.worktree import Worktree

RUN = re.compile(r"[0-9a-f]{8}")


def folder(worktree: Worktree, run: str) -> str:
    """Return the folder of a run."""
    return os.path.join(worktree.private, "explorations", run)


def searched(worktree: Worktree) -> list[str]:
    """Return the runs that some process searches now."""
    return [each for each in _known(worktree) if is_searched(folder(worktree, each))]


def resumable(worktree: Worktree, run: str) -> str:
    """Return a run that can go on; raise NotFound where it left no journal."""
    if not (RUN.fullmatch(run) and os.path.isfile(os.path.join(folder(worktree, run), "journal.jsonl"))):
        raise NotFound(f"there is no run {run} to go on with", "autonav log lists the runs")
    return run


def explained(worktree: Worktree, run: str | None) -> dict[str, Any]:
    """Return the whole search of a run, the last one by default; raise NotFound where there is none."""
    above = os.path.join(worktree.private, "explorations")
    ended = [each for each in _known(worktree) if os.path.isfile(os.path.join(above, each, "search.json"))]
    latest = sorted(ended, key=lambda each: os.stat(os.path.join(above, each, "search.json")).st_mtime_ns)
    chosen = run if run in ended else None if run else next(reversed(latest), None)
    if chosen is None:
        raise NotFound(f"there is no run {run} that ended" if run else "no search has ended here", "autonav explore")
    with open(os.path.join(above, chosen, "search.json"), encoding="utf-8") as file:
        return json.load(file)


def _known(worktree: Worktree) -> list[str]:
    above = os.path.join(worktree.private, "explorations")
    return sorted(each for each in os.listdir(above) if RUN.fullmatch(each)) if os.path.isdir(above) else []
