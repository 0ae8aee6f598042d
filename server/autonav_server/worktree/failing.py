"""Which tests failed when the project's tests were last run, by anyone."""

import json

from autonav_server.worktree.worktree import Worktree

LAST_FAILED = ".pytest_cache/v/cache/lastfailed"


def failing_tests(worktree: Worktree) -> frozenset[str]:
    """Return the ids that pytest noted as failed in its last run, parameters cut off."""
    try:
        with open(worktree.path(LAST_FAILED), "rb") as file:
            noted = json.load(file)
    except (OSError, ValueError):
        return frozenset()
    return frozenset(str(each).partition("[")[0] for each in noted) if isinstance(noted, dict) else frozenset()
