"""The person's git operations during a task: pull, checkout, rebase, merge, stash and the like raise nothing."""

from pathlib import Path

import pytest

from support.repository import Repository, numbered_lines, use_no_settings_of_this_machine
from support.started_task import Scenario, Start, StartedTask, Verdict, play

Played = tuple[StartedTask, Verdict]


def checkout_of_a_branch(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)), ("z.txt", "z"))
    task = start()
    repository.git("checkout", "-q", "x")
    return task, {}


def checkout_that_carries_an_edit(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("checkout", "-q", "x")
    return task, {"f0.txt": "modified"}


def checkout_and_back_with_unfinished_work(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    repository.replace("f0.txt", "0.3", "mine")
    task = start()
    repository.replace("f0.txt", "0.15", "TASK")
    repository.git("checkout", "-q", "x")
    task.look()
    repository.git("checkout", "-q", "main")
    return task, {"f0.txt": "modified"}


def pull_that_fast_forwards(repository: Repository, start: Start) -> Played:
    upstream = _clone_as_upstream(repository)
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    _commit_upstream(upstream, "f3.txt", "3.3")
    repository.git("pull", "-q", "--ff-only")
    return task, {"f0.txt": "modified"}


def pull_that_merges_after_a_commit(repository: Repository, start: Start) -> Played:
    upstream = _clone_as_upstream(repository)
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    upstream.replace("f3.txt", "3.3", "UPSTREAM")
    _commit_upstream(upstream, "f0.txt", "0.15")
    repository.git("pull", "-q", "--no-rebase")
    return task, {"f0.txt": "modified"}


def pull_that_rebases_a_commit(repository: Repository, start: Start) -> Played:
    upstream = _clone_as_upstream(repository)
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    _commit_upstream(upstream, "f3.txt", "3.3")
    repository.git("pull", "-q", "--rebase")
    return task, {"f0.txt": "modified"}


def pull_that_stashes_unfinished_work(repository: Repository, start: Start) -> Played:
    upstream = _clone_as_upstream(repository)
    repository.replace("f1.txt", "1.3", "mine")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    _commit_upstream(upstream, "f1.txt", "1.15")
    repository.git("pull", "-q", "--rebase", "--autostash")
    return task, {"f0.txt": "modified"}


def pull_by_address_of_several_commits(repository: Repository, start: Start) -> Played:
    upstream = Repository(repository.root.parent / "upstream")
    repository.git("clone", "-q", str(repository.root), str(upstream.root))
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    _commit_upstream(upstream, "f3.txt", "3.3")
    _commit_upstream(upstream, "f4.txt", "4.3")
    repository.git("pull", "-q", "--rebase", str(upstream.root), "main")
    return task, {"f0.txt": "modified"}


def rebase_of_the_persons_branch(repository: Repository, start: Start) -> Played:
    repository.git("checkout", "-q", "-b", "feature")
    for line in (3, 9):
        repository.replace("f2.txt", f"2.{line}\n", f"PERSON {line}\n")
        repository.commit(f"feature {line}")
    _commit_on_main(repository, "feature", "f3.txt", "3.3")
    task = start()
    repository.git("rebase", "-q", "main")
    return task, {}


def rebase_with_a_commit_on_top(repository: Repository, start: Start) -> Played:
    repository.git("checkout", "-q", "-b", "feature")
    repository.replace("f2.txt", "2.3", "PERSON")
    repository.commit("feature")
    _commit_on_main(repository, "feature", "f3.txt", "3.3")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    repository.git("rebase", "-q", "main")
    return task, {"f0.txt": "modified"}


def rebase_stopped_on_a_conflict(repository: Repository, start: Start) -> Played:
    _branch_in_conflict_with_main(repository)
    task = start()
    repository.git("rebase", "-q", "main", fails=True)
    return task, {}


def rebase_stopped_then_continued_with_an_edit_beside(repository: Repository, start: Start) -> Played:
    _branch_in_conflict_with_main(repository)
    task = start()
    repository.git("rebase", "-q", "main", fails=True)
    repository.write("f2.txt", "resolved\n")
    repository.git("add", "f2.txt")
    repository.git("rebase", "--continue")
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"f0.txt": "modified"}


def rebase_stopped_then_aborted(repository: Repository, start: Start) -> Played:
    _branch_in_conflict_with_main(repository)
    task = start()
    repository.git("rebase", "-q", "main", fails=True)
    repository.git("rebase", "--abort")
    return task, {}


def rebase_stopped_while_unfinished_work_is_stashed(repository: Repository, start: Start) -> Played:
    _branch_in_conflict_with_main(repository)
    repository.replace("f5.txt", "5.3", "mine")
    task = start()
    repository.git("rebase", "-q", "--autostash", "main", fails=True)
    return task, {}


def squash_of_the_persons_commits(repository: Repository, start: Start) -> Played:
    repository.git("checkout", "-q", "-b", "feature")
    for line in (3, 9):
        repository.replace("f2.txt", f"2.{line}\n", f"PERSON {line}\n")
        repository.commit(f"feature {line}")
    task = start()
    repository.git("-c", "sequence.editor=sed -i 2s/pick/squash/", "rebase", "-q", "-i", "HEAD~2")
    return task, {}


def fixup_onto_a_branch_that_moved(repository: Repository, start: Start) -> Played:
    repository.git("checkout", "-q", "-b", "feature")
    for line in (3, 9):
        repository.replace("f2.txt", f"2.{line}\n", f"PERSON {line}\n")
        repository.commit(f"feature {line}")
    _commit_on_main(repository, "feature", "f3.txt", "3.3")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    repository.git("-c", "sequence.editor=sed -i 2s/pick/fixup/", "rebase", "-q", "-i", "main")
    return task, {"f0.txt": "modified"}


def merge_of_a_branch(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    repository.replace("f4.txt", "4.3", "MAIN")
    repository.commit("main")
    task = start()
    repository.git("merge", "-q", "x")
    return task, {}


def merge_in_conflict_then_resolved(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)), ("q.txt", "q"))
    repository.replace("f3.txt", "3.3\n", "MAIN\n")
    repository.commit("main")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("merge", "-q", "x", fails=True)
    assert task.look() == {"f0.txt": "modified"}
    repository.write("f3.txt", "resolved\n")
    repository.git("add", "f3.txt")
    repository.git("commit", "-q", "-m", "merged")
    return task, {"f0.txt": "modified"}


def merge_by_squash_then_commit(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)), ("q.txt", "q"))
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("merge", "-q", "--squash", "x")
    assert task.look() == {"f0.txt": "modified"}
    repository.git("commit", "-q", "-m", "squashed")
    return task, {"f0.txt": "modified"}


def two_merges_after_a_commit(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    repository.branch("y", ("f4.txt", _other(4)))
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.commit("agent")
    repository.git("merge", "-q", "x")
    repository.git("merge", "-q", "y")
    return task, {"f0.txt": "modified"}


def cherry_pick(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)), ("q.txt", "q"))
    task = start()
    repository.git("cherry-pick", "x~1")
    return task, {}


def cherry_pick_stopped_on_a_conflict(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    repository.replace("f3.txt", "3.3\n", "MAIN\n")
    repository.commit("main")
    task = start()
    repository.git("cherry-pick", "x", fails=True)
    return task, {}


def cherry_pick_resolved(repository: Repository, start: Start) -> Played:
    task, _ = cherry_pick_stopped_on_a_conflict(repository, start)
    repository.write("f3.txt", "resolved\n")
    repository.git("add", "f3.txt")
    repository.git("cherry-pick", "--continue")
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"f0.txt": "modified"}


def revert_of_an_older_commit(repository: Repository, start: Start) -> Played:
    for name, text in (("f2.txt", "2.3"), ("f4.txt", "4.3")):
        repository.replace(name, text, "PERSON")
        repository.commit(name)
    task = start()
    repository.git("revert", "--no-edit", "HEAD~1")
    return task, {}


def revert_stopped_on_a_conflict(repository: Repository, start: Start) -> Played:
    for text in ("PERSON", "PERSON AGAIN"):
        repository.write("f2.txt", text)
        repository.commit(text)
    task = start()
    repository.git("revert", "--no-edit", "HEAD~1", fails=True)
    return task, {}


def patch_from_a_mailbox(repository: Repository, start: Start) -> Played:
    repository.branch("x", ("f3.txt", _other(3)))
    mailbox = repository.root.parent / "mailbox"
    mailbox.write_text(repository.git("format-patch", "-1", "x", "--stdout"))
    task = start()
    repository.git("am", "-q", str(mailbox))
    return task, {}


def stash_and_pop_of_an_edit(repository: Repository, start: Start) -> Played:
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.git("stash", "-q")
    assert task.look() == {}
    repository.git("stash", "pop", "-q")
    return task, {"f0.txt": "modified"}


def stash_and_pop_of_unfinished_work(repository: Repository, start: Start) -> Played:
    repository.replace("f1.txt", "1.3", "mine")
    task = start()
    repository.git("stash", "-q")
    assert task.look() == {}
    repository.git("stash", "pop", "-q")
    return task, {}


def stash_of_before_the_task_popped(repository: Repository, start: Start) -> Played:
    repository.replace("f1.txt", "1.3", "mine")
    repository.write("u.txt", "u")
    repository.git("stash", "-q", "-u")
    task = start()
    repository.git("stash", "pop", "-q")
    return task, {}


SCENARIOS: tuple[Scenario, ...] = (
    checkout_of_a_branch,
    checkout_that_carries_an_edit,
    checkout_and_back_with_unfinished_work,
    pull_that_fast_forwards,
    pull_that_merges_after_a_commit,
    pull_that_rebases_a_commit,
    pull_that_stashes_unfinished_work,
    pull_by_address_of_several_commits,
    rebase_of_the_persons_branch,
    rebase_with_a_commit_on_top,
    rebase_stopped_on_a_conflict,
    rebase_stopped_then_continued_with_an_edit_beside,
    rebase_stopped_then_aborted,
    rebase_stopped_while_unfinished_work_is_stashed,
    squash_of_the_persons_commits,
    fixup_onto_a_branch_that_moved,
    merge_of_a_branch,
    merge_in_conflict_then_resolved,
    merge_by_squash_then_commit,
    two_merges_after_a_commit,
    cherry_pick,
    cherry_pick_stopped_on_a_conflict,
    cherry_pick_resolved,
    revert_of_an_older_commit,
    revert_stopped_on_a_conflict,
    patch_from_a_mailbox,
    stash_and_pop_of_an_edit,
    stash_and_pop_of_unfinished_work,
    stash_of_before_the_task_popped,
)


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.mark.parametrize("looks", ["once-at-the-end", "after-every-command"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_operations_of_the_person(scenario: Scenario, looks: str, tmp_path: Path) -> None:
    wanted, first, second = play(scenario, tmp_path, looks_after_every_command=looks == "after-every-command")
    assert first == wanted
    assert second == wanted


def _other(number: int) -> str:
    return numbered_lines(number).replace(".3\n", ".3 OTHER\n")


def _clone_as_upstream(repository: Repository) -> Repository:
    upstream = Repository(repository.root.parent / "upstream")
    repository.git("clone", "-q", str(repository.root), str(upstream.root))
    repository.git("remote", "add", "origin", str(upstream.root))
    repository.git("fetch", "-q", "origin")
    repository.git("branch", "-q", "-u", "origin/main")
    return upstream


def _commit_upstream(upstream: Repository, name: str, text: str) -> None:
    upstream.replace(name, text, "UPSTREAM")
    upstream.commit("upstream")


def _commit_on_main(repository: Repository, then: str, name: str, text: str) -> None:
    repository.git("checkout", "-q", "main")
    repository.replace(name, text, "MAIN")
    repository.commit("main")
    repository.git("checkout", "-q", then)


def _branch_in_conflict_with_main(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "feature")
    repository.replace("f2.txt", "2.3", "PERSON")
    repository.commit("feature")
    repository.write("m.txt", "m")
    _commit_on_main(repository, "feature", "f2.txt", "2.3")
