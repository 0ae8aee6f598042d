"""What validations of this very change recorded, for operations that judge it."""

from collections.abc import Mapping
from typing import Any

from autonav_protocol.values.change import Change
from autonav_server.context import Context
from autonav_server.ledger import chain
from autonav_server.worktree.snapshot import Tree, private_git, read_tree, take_snapshot, write_tree
from autonav_server.worktree.worktree import Worktree


def red_old_tests(context: Context, change: Change) -> frozenset[str]:
    """Return the tests of the base that a validation ran on exactly this change and saw fail, by their names in that run.

    Exactly: the working tree is the one that was validated, file by file, and so is what it is compared with.
    """
    worktree = context.worktree
    recorded = [each for each in chain.data_of(worktree.store, "validate", worktree.root) if _broken(each)]
    if not recorded or not context.trusted(worktree):
        return frozenset()
    with worktree.alone():
        now = take_snapshot(worktree, private_git(worktree, run_filters=True)).tree
        tree = write_tree(worktree, now)
    same = [each for each in recorded if each["tree"] == tree and _is_of(worktree, each["base"], now, change)]
    return frozenset().union(*map(_broken, same))


def _broken(recorded: Mapping[str, Any]) -> frozenset[str]:
    projects = recorded["projects"] if recorded.get("old_tests") else ()
    return frozenset(test for project in projects for test in project["broken"])


def _is_of(worktree: Worktree, base: str, now: Tree, change: Change) -> bool:
    git = private_git(worktree)
    if not base or git("cat-file", "-e", base, check=False).returncode:
        return False
    before = read_tree(git, base)
    differing = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
    return {(path, before.get(path), now.get(path)) for path in differing} == {
        (file.path, file.before, file.after) for file in change.files
    }
