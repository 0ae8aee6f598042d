"""Where explorations keep what they did: a folder for each run, in our private part of the worktree."""

import contextlib
import json
import os
import re
import shutil
import time
from typing import Any

from autonav_protocol.errors import Conflict, NotFound
from autonav_server.evaluation.searching import Searching, is_searched
from autonav_server.exploration.proof import APPLIED, records
from autonav_server.exploration.records import candidates_of
from autonav_server.worktree.worktree import Worktree

RUN = re.compile(r"[0-9a-f]{8}")

MOST_FOLDERS, OPEN_DAYS = 100, 30
"""How many runs keep their folders, and for how many days a candidate waits to be applied."""


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


def collect_garbage(worktree: Worktree) -> None:
    """Delete the folders of all runs but the newest.

    Never one that is searched, and of the last days none with candidates of which nothing was applied.
    """
    young = time.time() - OPEN_DAYS * 24 * 3600
    changed = {each: os.stat(folder(worktree, each)).st_mtime for each in _known(worktree)}
    old = sorted(changed, key=changed.__getitem__, reverse=True)[MOST_FOLDERS:]
    decided = {each.data["run"] for each in records(worktree.store, APPLIED)} if old else set()
    undecided = {each.run for each in candidates_of(worktree)} - decided if old else set()
    for each in old:
        if each in undecided and changed[each] > young:
            continue
        with contextlib.suppress(Conflict), Searching(folder(worktree, each)):
            shutil.rmtree(folder(worktree, each), ignore_errors=True)


def _known(worktree: Worktree) -> list[str]:
    above = os.path.join(worktree.private, "explorations")
    return sorted(each for each in os.listdir(above) if RUN.fullmatch(each)) if os.path.isdir(above) else []
