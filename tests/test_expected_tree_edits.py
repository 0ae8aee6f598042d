"""What counts as a change: edits of every kind, on top of unfinished work, and tricks that would hide them."""

import os
import shutil
from pathlib import Path

import pytest

from support.repository import Repository, create_repository, numbered_lines, use_no_settings_of_this_machine
from support.started_task import Scenario, Start, StartedTask, Verdict, play

Played = tuple[StartedTask, Verdict]


def every_kind_of_edit(repository: Repository, start: Start) -> Played:
    repository.write("run.sh", "x\n")
    repository.commit("script")
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.write("new.txt", "n")
    repository.remove("f1.txt")
    os.chmod(repository.path("run.sh"), 0o755)
    repository.remove("f2.txt")
    os.symlink("f3.txt", repository.path("f2.txt"))
    repository.write("x.log", "ignored")
    return task, {"f0.txt": "modified", "new.txt": "added", "f1.txt": "deleted", "run.sh": "mode", "f2.txt": "type"}


def unfinished_work_at_the_start(repository: Repository, start: Start) -> Played:
    repository.replace("f0.txt", "0.3", "mine")
    repository.write("untracked.txt", "mine")
    repository.remove("f5.txt")
    task = start()
    repository.replace("f1.txt", "1.3", "TASK")
    return task, {"f1.txt": "modified"}


def edit_on_top_of_unfinished_work(repository: Repository, start: Start) -> Played:
    repository.replace("f0.txt", "0.3", "mine")
    task = start()
    repository.replace("f0.txt", "0.15", "TASK")
    return task, {"f0.txt": "modified"}


def unfinished_work_discarded_by_checkout(repository: Repository, start: Start) -> Played:
    repository.replace("f1.txt", "1.3", "mine")
    task = start()
    repository.git("checkout", "--", "f1.txt")
    return task, {"f1.txt": "modified"}


def unfinished_work_lost_by_hard_reset(repository: Repository, start: Start) -> Played:
    repository.replace("f1.txt", "1.3", "mine")
    task = start()
    repository.git("reset", "-q", "--hard")
    return task, {"f1.txt": "modified"}


def touched_and_rewritten_with_the_same_bytes(repository: Repository, start: Start) -> Played:
    task = start()
    repository.write("f0.txt", repository.read("f0.txt"))
    os.utime(repository.path("f1.txt"))
    repository.git("add", "-A")
    return task, {}


def index_bits_that_hide_edits(repository: Repository, start: Start) -> Played:
    task = start()
    repository.git("update-index", "--assume-unchanged", "f0.txt")
    repository.git("update-index", "--skip-worktree", "f1.txt")
    repository.replace("f0.txt", "0.3", "TASK")
    repository.replace("f1.txt", "1.3", "TASK")
    return task, {"f0.txt": "modified", "f1.txt": "modified"}


def both_hiding_bits_on_one_file(repository: Repository, start: Start) -> Played:
    task = start()
    repository.git("update-index", "--assume-unchanged", "f0.txt")
    repository.git("update-index", "--skip-worktree", "f0.txt")
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"f0.txt": "modified"}


def ignore_rule_added_over_known_files(repository: Repository, start: Start) -> Played:
    repository.write("untracked.dat", "mine")
    repository.write("kept.dat", "mine")
    repository.write("new\nline.dat", "mine")
    os.symlink("kept.dat", repository.path("link.dat"))
    task = start()
    repository.write(".gitignore", "*.log\nbuild/\n*.dat\n*.txt\n")
    repository.write("untracked.dat", "TASK")
    repository.write("new\nline.dat", "TASK")
    repository.replace("f0.txt", "0.3", "TASK")
    verdict = dict.fromkeys((".gitignore", "untracked.dat", "new\nline.dat", "f0.txt"), "modified")
    return task, verdict


def ignored_file_added_by_force(repository: Repository, start: Start) -> Played:
    task = start()
    repository.write("secret.log", "x")
    repository.git("add", "-f", "secret.log")
    return task, {"secret.log": "added"}


def folder_replaced_by_a_link_to_the_same_files(repository: Repository, start: Start) -> Played:
    repository.write("copy/a.py", "x = 1\n")
    repository.commit("two folders with the same file")
    task = start()
    shutil.rmtree(repository.path("pkg"))
    os.symlink("copy", repository.path("pkg"))
    return task, {"pkg": "added", "pkg/a.py": "deleted"}


def ignored_folder_replaced_by_a_link(repository: Repository, start: Start) -> Played:
    repository.write("notes/a.md", "mine")
    task = start()
    repository.write(".gitignore", "*.log\nbuild/\nnotes\n")
    os.rename(repository.path("notes"), repository.path("build"))
    os.symlink("build", repository.path("notes"))
    return task, {".gitignore": "modified", "notes/a.md": "deleted"}


def file_replaced_by_a_folder(repository: Repository, start: Start) -> Played:
    task = start()
    repository.remove("f0.txt")
    repository.write("f0.txt/inner.txt", "TASK")
    return task, {"f0.txt": "deleted", "f0.txt/inner.txt": "added"}


def case_of_a_name(repository: Repository, start: Start) -> Played:
    task = start()
    os.rename(repository.path("f0.txt"), repository.path("F0.txt"))
    return task, {"f0.txt": "deleted", "F0.txt": "added"}


def odd_names(repository: Repository, start: Start) -> Played:
    for name in (b"two\nlines", b'tab\tand "quotes" \\', b"\xff\xfe", b" ", "ü".encode(), b"-rf", b":(glob)*"):
        repository.write(name, "before\n")
    repository.commit("odd names")
    task = start()
    names = (b"two\nlines", b'tab\tand "quotes" \\', b"\xff\xfe", b" ", "ü".encode(), b"-rf", b":(glob)*")
    for name in names:
        repository.write(name, "before\nTASK\n")
    return task, {os.fsdecode(name): "modified" for name in names}


def sparse_checkout_during_the_task(repository: Repository, start: Start) -> Played:
    repository.write("big/a.txt", "a")
    repository.write("big/b.txt", "b")
    repository.commit("big")
    task = start()
    repository.git("sparse-checkout", "set", "pkg")
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"f0.txt": "modified"}


def commit_inside_a_submodule(repository: Repository, start: Start) -> Played:
    library = create_repository(repository.root.parent / "library")
    repository.git("submodule", "add", "-q", str(library.root), "lib")
    repository.git("commit", "-q", "-m", "sub")
    task = start()
    repository.replace("lib/f0.txt", "0.3", "TASK")
    repository.git("-C", "lib", "commit", "-q", "-a", "-m", "in the submodule")
    return task, {"lib": "modified"}


def submodule_removed(repository: Repository, start: Start) -> Played:
    for name in ("gone", "file", "kept"):
        library = create_repository(repository.root.parent / name)
        repository.git("submodule", "add", "-q", str(library.root), name)
    repository.git("commit", "-q", "-m", "sub")
    task = start()
    shutil.rmtree(repository.path("gone"))
    shutil.rmtree(repository.path("file"))
    repository.write("file", "TASK")
    return task, {"gone": "deleted", "file": "type"}


def submodule_bumped_by_a_merge(repository: Repository, start: Start) -> Played:
    library = create_repository(repository.root.parent / "library")
    repository.git("submodule", "add", "-q", str(library.root), "lib")
    repository.git("commit", "-q", "-m", "sub")
    repository.git("checkout", "-q", "-b", "x")
    library.replace("f0.txt", "0.3", "LIBRARY")
    library.commit("library")
    repository.git("-C", "lib", "pull", "-q")
    repository.git("commit", "-q", "-a", "-m", "bump")
    repository.git("checkout", "-q", "main")
    repository.git("submodule", "update", "-q")
    task = start()
    repository.git("merge", "-q", "x")
    repository.git("submodule", "update", "-q")
    return task, {}


def submodule_in_conflict(repository: Repository, start: Start) -> Played:
    library = create_repository(repository.root.parent / "library")
    repository.git("submodule", "add", "-q", str(library.root), "lib")
    repository.git("commit", "-q", "-m", "sub")
    for branch in ("x", "y"):
        repository.git("checkout", "-q", "-b", branch, "main")
        repository.git("-C", "lib", "checkout", "-q", "--detach", "origin/main")
        repository.write("lib/f0.txt", branch)
        repository.git("-C", "lib", "commit", "-q", "-a", "-m", branch)
        repository.git("commit", "-q", "-a", "-m", branch)
    task = start()
    repository.git("merge", "-q", "x", fails=True)
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"f0.txt": "modified"}


def repository_made_inside(repository: Repository, start: Start) -> Played:
    task = start()
    inner = create_repository(repository.root / "inner")
    inner.write("more.txt", "more")
    return task, {"inner": "added"}


def repository_without_commits_made_inside(repository: Repository, start: Start) -> Played:
    task = start()
    repository.write("inner/hidden.py", "TASK")
    repository.git("init", "-q", "inner")
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"inner": "added", "f0.txt": "modified"}


def line_endings_by_attribute(repository: Repository, start: Start) -> Played:
    repository.write(".gitattributes", "*.txt text eol=crlf\n")
    repository.commit("attributes")
    repository.git("rm", "-q", "--cached", "-r", ".")
    repository.git("reset", "-q", "--hard")
    assert b"\r\n" in repository.read("f0.txt")
    repository.branch("x", ("f3.txt", numbered_lines(3).replace(".3\n", ".3 OTHER\n")))
    task = start()
    repository.git("checkout", "-q", "x")
    return task, {}


def line_endings_that_git_would_refuse(repository: Repository, start: Start) -> Played:
    repository.git("config", "core.autocrlf", "true")
    repository.git("config", "core.safecrlf", "true")
    task = start()
    repository.write("mixed.txt", b"one\r\ntwo\n")
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"mixed.txt": "added", "f0.txt": "modified"}


def encoding_that_git_would_refuse(repository: Repository, start: Start) -> Played:
    repository.write(".gitattributes", "*.u16 text working-tree-encoding=UTF-16LE-BOM\n")
    repository.commit("attributes")
    task = start()
    repository.write("odd.u16", b"\xff")
    repository.replace("f0.txt", "0.3", "TASK")
    return task, {"odd.u16": "added", "f0.txt": "modified"}


def no_git_at_all(repository: Repository, start: Start) -> Played:
    shutil.rmtree(repository.path(".git"))
    task = start()
    repository.replace("f0.txt", "0.3", "TASK")
    repository.remove("f1.txt")
    repository.write("n.txt", "n")
    repository.write("y.log", "ignored")
    return task, {"f0.txt": "modified", "f1.txt": "deleted", "n.txt": "added"}


SCENARIOS: tuple[Scenario, ...] = (
    every_kind_of_edit,
    unfinished_work_at_the_start,
    edit_on_top_of_unfinished_work,
    unfinished_work_discarded_by_checkout,
    unfinished_work_lost_by_hard_reset,
    touched_and_rewritten_with_the_same_bytes,
    index_bits_that_hide_edits,
    both_hiding_bits_on_one_file,
    ignore_rule_added_over_known_files,
    ignored_file_added_by_force,
    folder_replaced_by_a_link_to_the_same_files,
    ignored_folder_replaced_by_a_link,
    file_replaced_by_a_folder,
    case_of_a_name,
    odd_names,
    sparse_checkout_during_the_task,
    commit_inside_a_submodule,
    submodule_removed,
    submodule_bumped_by_a_merge,
    submodule_in_conflict,
    repository_made_inside,
    repository_without_commits_made_inside,
    line_endings_by_attribute,
    line_endings_that_git_would_refuse,
    encoding_that_git_would_refuse,
    no_git_at_all,
)


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.mark.parametrize("looks", ["once-at-the-end", "after-every-command"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.__name__)
def test_edits(scenario: Scenario, looks: str, tmp_path: Path) -> None:
    wanted, first, second = play(scenario, tmp_path, looks_after_every_command=looks == "after-every-command")
    assert first == wanted
    assert second == wanted
