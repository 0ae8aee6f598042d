"""Applying where HEAD or the touched files moved since the candidate was verified."""

import os

import pytest
from blake3 import blake3

from autonav_protocol.errors import Conflict, Refused
from autonav_protocol.operations.branches import BranchState
from support.applying import AFTER, BEFORE, BRANCH, TOUCHED, Here, apart, everything, opened_here, watched_repository  # noqa: F401
from support.odd_repositories import merge_stopped
from support.repository import Repository


def commit_elsewhere(repository: Repository) -> None:
    repository.write("f0.txt", "somebody's\n")
    repository.commit("moved on")


def commit_far_below(repository: Repository) -> None:
    repository.replace(TOUCHED, "y11 = 11", "y11 = 12")
    repository.commit("moved on, far below")


def commit_same_line(repository: Repository) -> None:
    repository.replace(TOUCHED, "x = 1", "x = 3")
    repository.commit("moved on, on the line")


def commit_deletion(repository: Repository) -> None:
    repository.remove(TOUCHED)
    repository.commit("moved on, without the file")


def commit_renaming(repository: Repository) -> None:
    repository.git("mv", TOUCHED, "pkg/renamed.py")
    repository.commit("moved on, and the file")


def commit_the_fix(repository: Repository) -> None:
    repository.write(TOUCHED, AFTER)
    repository.commit("fixed by hand")


def edit_far_below(repository: Repository) -> None:
    repository.replace(TOUCHED, "y11 = 11", "y11 = 12")


def edit_same_line(repository: Repository) -> None:
    repository.replace(TOUCHED, "x = 1", "x = 3")


def amend(repository: Repository) -> None:
    repository.git("commit", "-q", "--amend", "-m", "said better")


MOVES = {
    "commit elsewhere": (commit_elsewhere, "merges cleanly", TOUCHED),
    "amended": (amend, "merges cleanly", TOUCHED),
    "commit far below": (commit_far_below, "merges cleanly", TOUCHED),
    "file renamed": (commit_renaming, "merges cleanly", "pkg/renamed.py"),
    "edit far below": (edit_far_below, "merges cleanly", TOUCHED),
    "commit on the line": (commit_same_line, "it conflicts in pkg/a.py", TOUCHED),
    "edit on the line": (edit_same_line, "it conflicts in pkg/a.py", TOUCHED),
    "file deleted": (commit_deletion, "it conflicts in pkg/a.py", TOUCHED),
    "fixed by hand": (commit_the_fix, "its change is here already", TOUCHED),
}


@pytest.mark.parametrize("move", MOVES)
async def test_a_world_that_moved_is_not_guessed_at(here: Here, move: str) -> None:
    act, said, path = MOVES[move]
    act(here.repository)
    here.trusted = True
    before = everything(here.worktree, objects=True)
    with pytest.raises(Conflict, match=said) as error:
        await here.apply()
    assert "\n" not in str(error.value)
    shown = await here.apply(preview=True)
    assert shown.commits == ()
    assert everything(here.worktree, objects=True) == before
    seen = shown.preview
    assert seen.moved
    assert seen.head == here.git("rev-parse", "HEAD").strip()
    if "cleanly" not in said:
        assert seen.diff == ""
        assert seen.clean == (not seen.conflicts) == ("conflicts" not in said)
        with pytest.raises(Conflict, match=said):
            await here.apply(onto_now=True)
        assert everything(here.worktree, objects=True) == before
        if move.endswith("on the line"):
            assert seen.conflicts[0].hunks == "<<<<<<< now\nx = 3\n=======\nx = 2\n>>>>>>> candidate\n"
        for each in seen.conflicts:
            assert each.reason.startswith("CONFLICT")
        return
    assert "-x = 1\n+x = 2\n" in seen.diff
    with pytest.raises(Conflict, match="not the diff you saw"):
        await here.apply(onto_now=True, diff=blake3(b"another").hexdigest())
    made = await here.apply(onto_now=True, diff=blake3(seen.diff.encode()).hexdigest())
    assert (made.verified, len(made.commits)) == (False, 2 if move.startswith("edit") else 1)
    assert here.git("rev-parse", f"{made.commits[0]}^").strip() == here.git("rev-parse", "HEAD").strip()
    assert here.message(BRANCH).endswith("AutoNav-Verified: no\n\n")
    assert here.git("show", f"{BRANCH}:{path}").startswith("x = 2\n")
    if "below" in move:
        assert here.git("show", f"{BRANCH}:{path}").endswith("y11 = 12\n")
    assert here.git("diff", "--full-index", "-M", f"{BRANCH}^", BRANCH).splitlines()[2:] == seen.diff.splitlines()[2:]
    listed = (await here.branches())[BRANCH]
    assert (listed.verified, listed.state) == (False, BranchState.AS_MADE)


async def test_a_fix_applied_by_hand_is_not_a_move(here: Here) -> None:
    here.repository.write(TOUCHED, AFTER)
    assert (await here.apply()).verified


async def test_onto_now_where_nothing_moved_is_as_verified(here: Here) -> None:
    assert (await here.apply(preview=True)).preview.moved == ()
    made = await here.apply(onto_now=True)
    assert made.verified
    assert "AutoNav-Verified" not in here.message(BRANCH)


async def test_what_is_unmerged_is_no_base(here: Here) -> None:
    merge_stopped(here.repository)
    for params in ({}, {"preview": True}, {"onto_now": True}):
        with pytest.raises(Conflict, match="a merge is unfinished in f5.txt"):
            await here.apply(**params)


async def test_work_that_is_not_committed_stays_out_where_it_is_not_trusted(here: Here) -> None:
    edit_far_below(here.repository)
    with pytest.raises(Refused, match="not trusted"):
        await here.apply(onto_now=True)


@pytest.mark.parametrize("setting", ["fileMode", "symlinks"])
async def test_a_disk_without_modes_moves_nothing(repository: Repository, setting: str) -> None:
    here = Here(repository)
    repository.git("config", f"core.{setting}", "false")
    os.chmod(repository.path(TOUCHED), 0o755)
    assert (await here.apply()).verified
    here.worktree.close()


@pytest.mark.parametrize("trusted", [True, False])
async def test_filters_run_only_where_it_is_trusted(repository: Repository, trusted: bool) -> None:
    ran = repository.root.parent / "filter ran"
    repository.git("config", "filter.upper.clean", f"touch '{ran}'; tr X x")
    repository.write(".git/info/attributes", "*.py filter=upper\n")
    repository.write(TOUCHED, BEFORE.replace("x = 1", "X = 1"))
    here = Here(repository, trusted=True)
    here.trusted = trusted
    ran.unlink()
    if trusted:
        assert (await here.apply()).verified
    else:
        for params in ({}, {"preview": True}, {"onto_now": True}):
            try:
                assert (await here.apply(**params)).preview.moved == (f"{TOUCHED} changed on disk",)
            except (Conflict, Refused) as error:
                assert "changed on disk" in str(error)
    assert ran.exists() == trusted
    here.worktree.close()
