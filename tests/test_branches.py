"""The branches that AutoNav made: listed with what became of them, and discarded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from autonav_protocol.errors import AutonavError, BadRequest, Conflict, NotFound, Refused
from autonav_server.exploration import application
from autonav_server.ledger import chain
from autonav_server.operations._registry import bound_operations
from support.applying import (  # noqa: F401
    BEFORE,
    BRANCH,
    COUNTS,
    RUN,
    TOUCHED,
    Here,
    apart,
    opened_here,
    watched_repository,
    wrap_git,
)
from support.repository import Repository


def commit_on(here: Here, *edits: tuple[str, str]) -> None:
    """Commit on the branch from a worktree of its own."""
    side = here.repository.root.parent / "side"
    here.git("worktree", "add", "-q", str(side), BRANCH)
    for path, content in edits:
        (side / path).write_text(content)
        here.repository.git("commit", "-qam", f"mine: {path}", cwd=side)
    here.git("worktree", "remove", "--force", str(side))


def add_to(here: Here) -> None:
    commit_on(here, ("f0.txt", "mine\n"), ("f1.txt", "mine\n"))


def amend_it(here: Here) -> None:
    side = here.repository.root.parent / "side"
    here.git("worktree", "add", "-q", str(side), BRANCH)
    (side / "f0.txt").write_text("mine\n")
    here.repository.git("commit", "-qa", "--amend", "--no-edit", cwd=side)
    here.git("worktree", "remove", str(side))


def check_out(here: Here) -> None:
    here.git("worktree", "add", "-q", str(here.repository.root.parent / "side"), BRANCH)


def rebase_it(here: Here) -> None:
    check_out(here)
    side = here.repository.root.parent / "side"
    here.repository.write("pkg/a.py", "x = 5\n")
    here.repository.commit("in the way")
    here.repository.git("rebase", "main", cwd=side, fails=True)


def bisect_it(here: Here) -> None:
    check_out(here)
    side = here.repository.root.parent / "side"
    here.repository.git("bisect", "start", cwd=side)
    here.repository.git("checkout", "-q", "--detach", cwd=side)


def rename_it(here: Here) -> None:
    here.git("branch", "-m", BRANCH, "mine")


def make_anew(here: Here) -> None:
    here.git("branch", "-D", BRANCH)
    here.git("branch", BRANCH, "main")


def merge_it(here: Here) -> None:
    here.git("merge", "-q", "--ff-only", BRANCH)


NOTHING_MORE: Callable[[Here], None] = lambda _: None  # noqa: E731


AFTERWARDS: dict[str, tuple[Callable[[Here], None], str, str | None, type[AutonavError] | None, str]] = {
    "nothing": (NOTHING_MORE, BRANCH, "as made", None, ""),
    "merged": (merge_it, BRANCH, "as made", None, ""),
    "added to": (add_to, BRANCH, "added to", Conflict, "mine: f0.txt"),
    "amended": (amend_it, BRANCH, "rewritten", Conflict, "stands at"),
    "checked out": (check_out, BRANCH, "as made", Conflict, "checked out in .*side"),
    "being rebased": (rebase_it, BRANCH, "as made", Conflict, "rebase"),
    "being bisected": (bisect_it, BRANCH, "as made", Conflict, "bisect"),
    "renamed": (rename_it, "mine", "renamed", Conflict, "its name"),
    "made anew": (make_anew, BRANCH, None, Refused, "did not make"),
}


@pytest.mark.parametrize("what", AFTERWARDS)
async def test_what_became_of_a_branch(here: Here, what: str) -> None:
    act, name, state, error, said = AFTERWARDS[what]
    made = await here.apply()
    act(here)
    listed = await here.branches()
    assert {each.name: each.state for each in listed.values()} == ({name: state} if state else {})
    if state:
        assert (listed[name].run, listed[name].commits, listed[name].title) == (RUN, made.commits, "x is 2")
        assert (listed[name].proof, listed[name].tests) == (here.proof, COUNTS)
        assert listed[name].merged == (what == "merged")
        assert listed[name].verified == (state in ("as made", "renamed"))
        assert len(listed[name].added) == (2 if what == "added to" else 0)
    tip = here.git("rev-parse", name)
    if error is None:
        gone = await here.ask("discard", branch=name)
        assert gone.restore == f"git branch {name} {made.commit}"
        kinds = {each.kind: each.data for each in chain.last_records(here.worktree.store, 2)}
        assert kinds["discard.start"]["commit"] == kinds["discard.end"]["commit"] == made.commit
        assert await here.branches() == {}
        with pytest.raises(NotFound):
            await here.ask("discard", branch=name)
        return
    with pytest.raises(error, match=said):
        await here.ask("discard", branch=name)
    assert here.git("rev-parse", name) == tip


async def test_a_branch_whose_record_was_cut_off(here: Here) -> None:
    with here.worktree.alone():
        application.apply_as_verified(here.worktree, here.candidate, BRANCH, None, trusted=False)
    assert (await here.branches())[BRANCH].state == "as made"
    await here.ask("discard", branch=BRANCH)
    assert await here.branches() == {}


async def test_what_others_say_is_ours_is_not(here: Here) -> None:
    forged = f"forged\n\nAutoNav-Run: {RUN}\nAutoNav-Ledger: {here.proof}\n"
    commit = here.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", forged).strip()
    here.git("branch", BRANCH, commit)
    assert await here.branches() == {}
    with pytest.raises(Refused, match="did not make"):
        await here.ask("discard", branch=BRANCH)


async def test_the_branch_moves_while_it_is_discarded(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    await here.apply()
    wrap_git(here, monkeypatch, "update-ref", f'cd "{here.repository.root}"; git branch -f {BRANCH} main')
    with pytest.raises(Conflict, match="cannot be deleted"):
        await here.ask("discard", branch=BRANCH)
    assert here.git("rev-parse", BRANCH) == here.git("rev-parse", "main")


async def test_a_folder_without_git(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "plain")
    repository.write(TOUCHED, BEFORE)
    here = Here(repository)
    with pytest.raises(BadRequest, match="not in git"):
        await here.apply()
    assert await here.branches() == {}
    with pytest.raises(NotFound):
        await here.ask("discard", branch="main")
    here.worktree.close()


async def test_what_a_person_reads(here: Here) -> None:
    texts = {verb: bound_operations()[verb].text for verb in ("apply", "branches", "discard")}
    here.repository.write("f0.txt", "moved on\n")
    here.repository.commit("moved on")
    shown = texts["apply"]
    assert shown
    assert "with --onto-now" in shown(await here.apply(preview=True))
    assert "not verified: git switch" in shown(await here.apply(onto_now=True))
    listed, gone = texts["branches"], texts["discard"]
    assert listed
    assert gone
    assert "not verified (4/4 tests where it was made)  not merged  x is 2" in listed(await here.ask("branches"))
    assert "bring it back: git branch" in gone(await here.ask("discard", branch=BRANCH))
    assert "no branches" in listed(await here.ask("branches"))
