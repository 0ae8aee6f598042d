"""Commits made here during a task: none of them hides a change, however it is made, rewritten or published."""

import os
import shutil
from pathlib import Path

import pytest

from support.repository import Repository, numbered_lines, use_no_settings_of_this_machine
from support.started_task import Scenario, Start, StartedTask, Verdict, play

Played = tuple[StartedTask, Verdict]


def commit(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    return task, {"f0.txt": "modified"}


def commit_amended_and_pushed(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    repository.replace("f1.txt", "1.3", "TASK")
    repository.git("commit", "-q", "-a", "--amend", "--no-edit")
    _add_remote(repository)
    repository.git("push", "-q", "origin", "main")
    return task, {"f0.txt": "modified", "f1.txt": "modified"}


def commit_amended_twice_with_looks_between(repository: Repository, start: Start) -> Played:
    task = start()
    for number in range(3):
        repository.replace(f"f{number}.txt", f"{number}.3", "TASK")
        repository.git(
            "commit", "-q", "-a", "--allow-empty", *(["--amend", "--no-edit"] if number else ["-m", "agent"])
        )
        task.look()
    return task, {"f0.txt": "modified", "f1.txt": "modified", "f2.txt": "modified"}


def persons_commit_amended_with_an_edit(repository: Repository, start: Start) -> Played:
    repository.replace("f2.txt", "2.3", "PERSON")
    repository.commit("person")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("commit", "-q", "-a", "--amend", "--no-edit")
    return task, {"f0.txt": "modified"}


def commit_by_plumbing(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    _commit_by_plumbing(repository, ["HEAD"])
    return task, {"f0.txt": "modified"}


def several_commits_by_plumbing_at_once(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("add", "-A")
    below = repository.git("commit-tree", "-p", "HEAD", "-m", "agent", repository.git("write-tree").strip()).strip()
    repository.replace("f1.txt", "1.3", "TASK")
    _commit_by_plumbing(repository, [below])
    return task, {"f0.txt": "modified", "f1.txt": "modified"}


def merge_by_plumbing_with_an_edit_in_it(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.write("f3.txt", _other(3))
    _commit_by_plumbing(repository, ["HEAD", "x"])
    return task, {"f0.txt": "modified"}


def head_replaced_by_a_commit_with_the_edit(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("add", "-A")
    tree = repository.git("write-tree").strip()
    repository.git("replace", "HEAD", repository.git("commit-tree", "-m", "base", tree).strip())
    assert repository.git("status", "--porcelain") == ""
    return task, {"f0.txt": "modified"}


def commit_on_a_detached_head(repository: Repository, start: Start) -> Played:
    repository.replace("f2.txt", "2.3", "PERSON")
    repository.commit("person")
    task = start()
    repository.git("checkout", "-q", "HEAD~1")
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent on a detached head")
    return task, {"f0.txt": "modified"}


def commit_with_forged_author_and_date(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    date = repository.git("show", "-s", "--format=%ad", "--date=raw", "x").strip()
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("commit", "-q", "-a", "-m", "x 0", f"--date={date}")
    # The foreign original's change is expected, so its absence is what the forgery buys.
    return task, {"f0.txt": "modified", "f3.txt": "modified"}


def first_commit_of_a_repository(repository: Repository, start: Start) -> Played:
    shutil.rmtree(repository.path(".git"))
    repository.git("init", "-q", "-b", "main")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("first")
    return task, {"f0.txt": "modified"}


def reset_to_an_older_commit(repository: Repository, start: Start) -> Played:
    repository.replace("f2.txt", "2.3", "PERSON")
    repository.commit("person")
    task = start()
    repository.git("reset", "-q", "--hard", "HEAD~1")
    return task, {}


def reset_that_keeps_the_edits_of_a_commit(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    repository.git("reset", "-q", "--soft", "HEAD~1")
    return task, {"f0.txt": "modified"}


def commit_undone_by_reset(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    repository.git("reset", "-q", "--hard", "HEAD~1")
    return task, {}


def commit_reverted(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    repository.git("revert", "--no-edit", "HEAD")
    return task, {}


def linked_worktree(repository: Repository, start: Start) -> Played:
    linked = Repository(repository.root.parent / "linked")
    repository.git("branch", "side")
    repository.git("worktree", "add", "-q", str(linked.root), "side")
    task = start(linked.root)
    linked.replace("f0.txt", "0.3", "TASK")
    repository.replace("f1.txt", "1.3", "in the other worktree")
    repository.commit("in the other worktree")
    return task, {"f0.txt": "modified"}


def commit_in_a_linked_worktree(repository: Repository, start: Start) -> Played:
    linked = Repository(repository.root.parent / "linked")
    repository.git("worktree", "add", "-q", "-b", "side", str(linked.root))
    task = start(linked.root)
    linked.replace("f0.txt", "0.3", "TASK")
    repository.git("-C", str(linked.root), "commit", "-q", "-a", "-m", "agent")
    return task, {"f0.txt": "modified"}


def commits_without_a_reflog(repository: Repository, start: Start) -> Played:
    repository.git("config", "core.logAllRefUpdates", "false")
    shutil.rmtree(repository.path(".git/logs"))
    repository.branch("x", ("f3.txt", _other(3)))
    task = start()
    repository.git("checkout", "-q", "x")
    assert task.look() == {}
    for number in range(2):
        repository.replace(f"f{number}.txt", f"{number}.3", "TASK")
        repository.commit("agent")
    return task, {"f0.txt": "modified", "f1.txt": "modified"}


def reflog_expired_after_commits(repository: Repository, start: Start) -> Played:
    repository.replace("f2.txt", "2.3", "PERSON")
    repository.commit("person")
    task = start()
    for number in range(2):
        repository.replace(f"f{number}.txt", f"{number}.3", "TASK")
        repository.commit("agent")
    repository.git("reflog", "expire", "--expire=all", "--all")
    return task, {"f0.txt": "modified", "f1.txt": "modified"}


def sha256_repository(repository: Repository, start: Start) -> Played:
    shutil.rmtree(repository.path(".git"))
    repository.git("init", "-q", "-b", "main", "--object-format=sha256")
    repository.commit("base")
    repository.replace("f1.txt", "1.3", "mine")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("commit", "-q", "-m", "agent", "f0.txt")
    return task, {"f0.txt": "modified"}


SCENARIOS: tuple[Scenario, ...] = (
    commit,
    commit_amended_and_pushed,
    commit_amended_twice_with_looks_between,
    persons_commit_amended_with_an_edit,
    commit_by_plumbing,
    several_commits_by_plumbing_at_once,
    merge_by_plumbing_with_an_edit_in_it,
    head_replaced_by_a_commit_with_the_edit,
    commit_on_a_detached_head,
    commit_with_forged_author_and_date,
    first_commit_of_a_repository,
    reset_to_an_older_commit,
    reset_that_keeps_the_edits_of_a_commit,
    commit_undone_by_reset,
    commit_reverted,
    linked_worktree,
    commit_in_a_linked_worktree,
    commits_without_a_reflog,
    reflog_expired_after_commits,
    sha256_repository,
)


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.mark.parametrize("looks", ["once-at-the-end", "after-every-command"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_commits_made_here(scenario: Scenario, looks: str, tmp_path: Path) -> None:
    wanted, first, second = play(scenario, tmp_path, looks_after_every_command=looks == "after-every-command")
    assert first == wanted
    assert second == wanted


def _other(number: int) -> str:
    return numbered_lines(number).replace(".3\n", ".3 OTHER\n")


def _add_remote(repository: Repository) -> None:
    upstream = f"{repository.root}.upstream"
    repository.git("init", "-q", "--bare", upstream)
    repository.git("remote", "add", "origin", upstream)


def _commit_by_plumbing(repository: Repository, parents: list[str]) -> None:
    repository.git("add", "-A")
    tree = repository.git("write-tree").strip()
    options = [word for parent in parents for word in ("-p", parent)]
    made = repository.git("commit-tree", *options, "-m", "agent", tree).strip()
    repository.git("update-ref", "refs/heads/main", made)
    assert os.path.exists(repository.path("f0.txt"))
