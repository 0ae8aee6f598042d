"""One look: what it says of each file, what it leaves untouched, and whose programs it never runs."""

import hashlib
import os
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from blake3 import blake3

from autonav_protocol.errors import Refused
from autonav_protocol.values.change import Entry, Hunk
from autonav_server.worktree.rescan import read_entry
from autonav_server.worktree.snapshot import plain_git, private_git, working_tree, write_tree
from autonav_server.worktree.worktree import open_worktree
from support.repository import IDENTITY, Repository, create_repository, use_no_settings_of_this_machine
from support.started_task import Start, StartedTask, starting

RAW = {
    "crlf.txt": b"a\r\nb\r\n",
    "latin.txt": b"caf\xe9\n",
    "binary.bin": bytes(range(256)),
    "mixed.txt": b"a\r\nb\n\x0c\r",
}


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return create_repository(tmp_path / "repository")


@pytest.fixture
def start(repository: Repository) -> Iterator[Start]:
    with starting(repository, looks_after_every_command=False) as starter:
        yield starter


def _start_trusted(repository: Repository) -> StartedTask:
    return StartedTask(open_worktree(str(repository.root)), run_filters=True)


class TestWhatItSays:
    def test_hunks_counts_and_the_image_on_disk(self, repository: Repository, start: Start) -> None:
        task = start()
        repository.replace("f0.txt", "line 0.3\n", "TASK\nTASK\n")
        task.look()
        change = task.files["f0.txt"]
        assert (change.hunks, change.added, change.removed, change.binary) == ((Hunk(4, 1, 4, 2),), 2, 1, False)
        assert change.image == blake3(repository.read("f0.txt")).hexdigest()
        assert (change.attribution, change.ambiguous) == ("unattributed", False)

    def test_a_deleted_file_has_no_image(self, repository: Repository, start: Start) -> None:
        task = start()
        repository.remove("f0.txt")
        task.look()
        assert (task.files["f0.txt"].image, task.files["f0.txt"].removed) == ("", 20)

    def test_a_binary_file(self, repository: Repository, start: Start) -> None:
        task = start()
        repository.write("data", b"\0\1\2")
        task.look()
        assert (task.files["data"].binary, task.files["data"].hunks) == (True, ())

    def test_an_attribute_does_not_hide_lines(self, repository: Repository, start: Start) -> None:
        task = start()
        repository.write(".gitattributes", "* -diff\n")
        repository.replace("f0.txt", "0.3", "TASK")
        assert "Binary files" in repository.git("diff")
        task.look()
        assert task.files["f0.txt"].hunks == (Hunk(4, 1, 4, 1),)

    def test_a_link_and_its_target(self, repository: Repository, start: Start) -> None:
        os.symlink("f1.txt", repository.path("link"))
        repository.commit("link")
        task = start()
        repository.remove("link")
        os.symlink("f2.txt", repository.path("link"))
        task.look()
        change = task.files["link"]
        assert change.image == blake3(b"f2.txt").hexdigest()
        assert change.before
        assert read_entry(task.worktree, task.base, "link", change.before) == b"f1.txt"

    def test_an_edit_of_a_path_that_a_merge_in_progress_touches(self, repository: Repository, start: Start) -> None:
        repository.branch("x", ("f3.txt", repository.read("f3.txt").decode().replace("3.3\n", "OTHER\n")), ("q", "q"))
        repository.replace("f4.txt", "4.3", "MAIN")
        repository.commit("main")
        task = start()
        repository.git("merge", "-q", "--no-commit", "x")
        assert task.look() == {}
        repository.replace("f3.txt", "3.15", "TASK")
        repository.replace("f0.txt", "0.3", "TASK")
        task.look()
        assert {path: file.attribution for path, file in task.files.items()} == {
            "f3.txt": "git",
            "f0.txt": "unattributed",
        }

    def test_unfinished_work_that_a_checkout_ran_over_is_ambiguous(self, repository: Repository, start: Start) -> None:
        repository.branch("x", ("f1.txt", "other\n"))
        repository.replace("f1.txt", "1.3", "mine")
        task = start()
        repository.git("checkout", "-q", "-f", "x")
        repository.write("f1.txt", "TASK\n")
        task.look()
        assert [file.ambiguous for file in task.files.values()] == [True]

    def test_two_thousand_files_take_no_more_processes_than_two(
        self, repository: Repository, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(2_000):
            repository.write(f"many/{number % 40}/{number}.txt", f"{number}\n")
        repository.commit("many")
        task = start()
        ran = _count_processes(monkeypatch)
        few = _look_after_edits(repository, task, 2)
        processes_for_two = len(ran)
        ran.clear()
        many = _look_after_edits(repository, task, 2_000)
        assert (few, many) == (2, 2_000)
        assert len(ran) <= processes_for_two
        assert all(len(file.hunks) == 1 for file in task.files.values())

    def test_a_tree_is_written_as_git_would(self, repository: Repository, start: Start) -> None:
        worktree = start().worktree
        tree = working_tree(worktree)
        assert write_tree(worktree, tree) == repository.git("rev-parse", "HEAD^{tree}").strip()
        assert write_tree(worktree, {}) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        odd = {os.fsdecode(b"\xff\n"): Entry("100755", tree["f0.txt"].oid)}
        written = write_tree(worktree, odd)
        listed = private_git(worktree)("ls-tree", "-z", written).stdout
        assert listed == b"100755 blob %s\t\xff\n\0" % tree["f0.txt"].oid.encode()


class TestWhatItGivesBack:
    @pytest.mark.parametrize("tracked", [True, False])
    def test_unfinished_files_byte_for_byte(self, repository: Repository, start: Start, tracked: bool) -> None:
        repository.write(".gitattributes", "*.txt text=auto\n")
        if tracked:
            for name in RAW:
                repository.write(name, "committed\n")
        repository.commit("before")
        for name, content in RAW.items():
            repository.write(name, content)
        task = start()
        for name in RAW:
            repository.remove(name)
        assert task.look() == dict.fromkeys(RAW, "deleted")
        assert {name: _before(task, name) for name in RAW} == RAW

    def test_committed_files_as_checkout_writes_them(self, repository: Repository, start: Start) -> None:
        repository.write(".gitattributes", "*.txt text eol=crlf\n")
        repository.commit("attributes")
        task = start()
        repository.write("f0.txt", b"TASK\r\n")
        task.look()
        given_back = _before(task, "f0.txt")
        repository.git("checkout", "--", "f0.txt")
        assert given_back == repository.read("f0.txt")
        assert given_back.count(b"\r\n") == 20

    def test_a_submodule_is_refused(self, repository: Repository, start: Start) -> None:
        task = start()
        with pytest.raises(Refused, match="submodule"):
            read_entry(task.worktree, task.base, "lib", Entry("160000", "1" * 40))

    def test_a_filter_is_refused_where_programs_may_not_run(self, repository: Repository, start: Start) -> None:
        _upper_case_filter(repository)
        task = start()
        repository.write("a.up", "edited\n")
        task.look()
        with pytest.raises(Refused, match="filter upper"):
            _before(task, "a.up")

    def test_a_filter_runs_where_it_may(self, repository: Repository) -> None:
        _upper_case_filter(repository)
        task = _start_trusted(repository)
        repository.write("a.up", "edited\n")
        task.look()
        before = task.files["a.up"].before
        assert before
        assert read_entry(task.worktree, task.base, "a.up", before, run_filters=True) == b"TEXT\n"
        repository.write("a.up", "TEXT\n")
        assert task.look() == {}
        task.worktree.close()

    def test_an_attribute_that_names_no_known_filter_is_no_obstacle(self, repository: Repository, start: Start) -> None:
        repository.write(".gitattributes", "*.txt filter=absent\n")
        repository.commit("attributes")
        task = start()
        original = repository.read("f0.txt")
        repository.write("f0.txt", "TASK\n")
        task.look()
        assert _before(task, "f0.txt") == original


class TestWhatItLeavesUntouched:
    @pytest.mark.parametrize(
        "setting", [None, ("core.splitIndex", "true"), ("core.untrackedCache", "true"), ("index.version", "4")]
    )
    def test_the_git_dir(self, repository: Repository, start: Start, setting: tuple[str, str] | None) -> None:
        if setting:
            repository.git("config", *setting)
            repository.git("update-index", "--force-write-index")
        repository.replace("f1.txt", "1.3", "stashed")
        repository.git("stash", "-q")
        repository.git("update-index", "--assume-unchanged", "f2.txt")
        repository.replace("f2.txt", "2.3", "hidden")
        repository.replace("f3.txt", "3.3", "staged")
        repository.git("add", "f3.txt")
        repository.write("untracked.txt", "mine")
        os.utime(repository.path("f4.txt"))
        before = _git_dir_listing(repository)
        task = start()
        repository.replace("f0.txt", "0.3", "TASK")
        repository.write("new.txt", "TASK")
        assert task.look() == {"f0.txt": "modified", "new.txt": "added"}
        assert _git_dir_listing(repository) == before
        repository.git("status")
        assert _git_dir_listing(repository) != before, "git itself refreshes the index, so this test can fail"

    def test_the_git_dir_in_the_middle_of_a_rebase(self, repository: Repository, start: Start) -> None:
        repository.git("checkout", "-q", "-b", "feature")
        repository.write("f2.txt", "feature\n")
        repository.commit("feature")
        repository.git("checkout", "-q", "main")
        repository.write("f2.txt", "main\n")
        repository.commit("main")
        repository.git("checkout", "-q", "feature")
        task = start()
        repository.git("rebase", "-q", "main", fails=True)
        before = _git_dir_listing(repository)
        assert task.look() == {}
        assert _git_dir_listing(repository) == before

    def test_the_files(self, repository: Repository, start: Start) -> None:
        before = _listing(repository.root, skip=".git")
        task = start()
        task.look()
        assert _listing(repository.root, skip=".git") == before


def _fsmonitor(repository: Repository, program: str) -> Callable[[], object]:
    repository.git("config", "core.fsmonitor", program)
    return lambda: repository.git("status")


def _hook(repository: Repository, program: str) -> Callable[[], object]:
    hook = Path(repository.path(".git/hooks/post-index-change"))
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{program}\n")
    hook.chmod(0o755)
    os.utime(repository.path("f0.txt"))
    return lambda: repository.git("status")


def _filter(key: str) -> Callable[[Repository, str], Callable[[], object]]:
    def attack(repository: Repository, program: str) -> Callable[[], object]:
        repository.write(".gitattributes", "*.txt filter=Evil.One=x\n")
        repository.git("config", f"filter.Evil.One=x.{key}", program)
        repository.git("config", "filter.Evil.One=x.required", "true")
        repository.replace("f0.txt", "0.3", "TASK")
        return lambda: _try_git(repository, "diff")

    return attack


def _filter_in_a_submodule(repository: Repository, program: str) -> Callable[[], object]:
    library = create_repository(repository.root.parent / "library")
    repository.git("submodule", "add", "-q", str(library.root), "lib")
    repository.git("config", "-f", ".gitmodules", "submodule.lib.ignore", "none")
    repository.commit("submodule")
    repository.git("-C", "lib", "config", "filter.evil.clean", program)
    repository.write("lib/.gitattributes", "*.txt filter=evil\n")
    repository.replace("lib/f0.txt", "0.3", "TASK")
    return lambda: repository.git("status")


def _merge_driver(repository: Repository, program: str) -> Callable[[], object]:
    repository.branch("x", ("f3.txt", "other\n"))
    repository.write("f3.txt", "main\n")
    repository.write(".gitattributes", "*.txt merge=evil\n")
    repository.commit("main")
    repository.git("config", "merge.evil.driver", program)
    return lambda: _try_git(repository, "merge", "--no-edit", "x")


def _text_conversion(repository: Repository, program: str) -> Callable[[], object]:
    repository.write(".gitattributes", "*.txt diff=evil\n")
    repository.git("config", "diff.evil.textconv", f"{program} #")
    repository.replace("f0.txt", "0.3", "TASK")
    return lambda: _try_git(repository, "diff")


def _external_diff(repository: Repository, program: str) -> Callable[[], object]:
    repository.git("config", "diff.external", program)
    repository.replace("f0.txt", "0.3", "TASK")
    return lambda: _try_git(repository, "diff")


ATTACKS: Mapping[str, Callable[[Repository, str], Callable[[], object]]] = {
    "file system monitor": _fsmonitor,
    "hook": _hook,
    "clean filter": _filter("clean"),
    "filter process": _filter("process"),
    "filter in a submodule": _filter_in_a_submodule,
    "merge driver": _merge_driver,
    "text conversion": _text_conversion,
    "external diff": _external_diff,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_no_program_of_the_repository_runs(repository: Repository, start: Start, tmp_path: Path, name: str) -> None:
    marker = tmp_path / "it-ran"
    task = start()
    plain_git = ATTACKS[name](repository, f"touch {marker};")
    plain_git()
    assert marker.exists(), "the attack does not even work on plain git"
    marker.unlink()
    if os.path.exists(repository.path("f0.txt")):
        repository.replace("f1.txt", "1.3", "TASK")
    assert task.look()["f1.txt"] == "modified"
    again = start()
    again.look()
    assert not marker.exists()


def _try_git(repository: Repository, *argv: str) -> None:
    environment = {**os.environ, **IDENTITY}
    subprocess.run(["git", *argv], cwd=repository.root, env=environment, capture_output=True, check=False)


def _before(task: StartedTask, name: str) -> bytes:
    before = task.files[name].before
    assert before
    return read_entry(task.worktree, task.base, name, before)


def _upper_case_filter(repository: Repository) -> None:
    repository.git("config", "filter.upper.clean", "tr A-Z a-z")
    repository.git("config", "filter.upper.smudge", "tr a-z A-Z")
    repository.write(".gitattributes", "*.up filter=upper\n")
    repository.write("a.up", "TEXT\n")
    os.utime(repository.path("a.up"), (1e9, 1e9))  # older than the index, so that git need not read it again
    repository.commit("filter")


def _count_processes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    ran: list[object] = []
    run = subprocess.run

    def counted(argv: list[str], **options: object) -> object:
        ran.append(argv)
        return run(argv, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", counted)
    return ran


def _look_after_edits(repository: Repository, task: StartedTask, count: int) -> int:
    for number in range(count):
        with open(repository.path(f"many/{number % 40}/{number}.txt"), "w") as file:
            file.write("TASK\n")
    return len(task.look())


def _git_dir_listing(repository: Repository) -> Mapping[str, object]:
    return _listing(Path(repository.path(".git")), skip="autonav")


def _listing(folder: Path, *, skip: str) -> Mapping[str, object]:
    """Return every file below a folder with its bytes, mode, inode and time of change."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if relative.parts[0] == skip:
            continue
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
        # Git marks an object or shared index that it meets again as fresh, by its time alone.
        freshened = relative.parts[0] == "objects" or relative.name.startswith("sharedindex.")
        changed = status.st_ctime_ns if content and not freshened else 0
        found[str(relative)] = (status.st_mode, status.st_ino, changed, content)
    return found


def test_our_git_dir_is_made_by_many_at_once(repository: Repository) -> None:
    worktree = open_worktree(str(repository.root))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: plain_git(worktree).line("rev-parse", "--is-bare-repository"), range(8)))
    worktree.close()
    assert made == ["true"] * 8
