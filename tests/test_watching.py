"""Watching: which writes are noticed, which are not, and what happens when the kernel's limits are met."""

import contextlib
import errno
import mmap
import os
import queue
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autonav_analysis.changes.settling import Event
from autonav_server.worktree import watching
from autonav_server.worktree.settling import Trigger, settled
from autonav_server.worktree.watching import watch
from autonav_server.worktree.worktree import Worktree, open_worktree
from support.repository import Repository, create_repository, use_no_settings_of_this_machine
from support.started_task import StartedTask

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)

from inotify_simple import INotify

from autonav_server.worktree.inotify import InotifyWatcher

PATIENCE = 60.0
"""How long a test waits for what must come; it is never waited for what must not."""

TASKS = ".autonav/tasks"


class Recorder(Trigger):
    """Keeps the events instead of hinting."""

    def __init__(self, worktree: Worktree) -> None:
        super().__init__(worktree, lambda: None)
        self.events: queue.Queue[Event] = queue.Queue()

    def note(self, event: Event) -> None:
        self.events.put(event)


class Watched:
    """A repository with a running watcher of which every event is kept."""

    def __init__(self, repository: Repository, worktree: Worktree) -> None:
        self.repository, self.worktree = repository, worktree
        self._recorder = Recorder(worktree)
        self.watcher = InotifyWatcher(worktree, self._recorder, (TASKS,))

    def events_of(self, act: Callable[[], object]) -> list[Event]:
        """Return the events up to the moment the act was done: a touch of HEAD after it is the end mark."""
        act()
        return self._until_mark()

    def catch_up(self) -> None:
        """Return when the watcher has dealt with all that happened, new folders included."""
        self._until_mark()
        self._until_mark()

    def _until_mark(self) -> list[Event]:
        os.utime(self.repository.path(".git/HEAD"))
        events: list[Event] = []
        while (event := self._recorder.events.get(timeout=PATIENCE)) is not Event.GIT:
            events.append(event)
        return events


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = create_repository(tmp_path / "repository")
    made.write("build/out.txt", "ignored")
    made.write(".gitattributes", "")
    return made


@pytest.fixture
def worktree(repository: Repository) -> Iterator[Worktree]:
    opened = open_worktree(str(repository.root))
    yield opened
    opened.close()


@pytest.fixture
def watched(repository: Repository, worktree: Worktree) -> Iterator[Watched]:
    made = Watched(repository, worktree)
    yield made
    made.watcher.close()


def _write_through_a_mapping(repository: Repository) -> None:
    with open(repository.path("f0.txt"), "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        mapped[0:4] = b"TASK"


def _save_by_rename(repository: Repository) -> None:
    repository.write(".f0.txt.new", "TASK")
    os.replace(repository.path(".f0.txt.new"), repository.path("f0.txt"))


WRITES: dict[str, Callable[[Repository], object]] = {
    "in place": lambda repository: repository.write("f0.txt", "TASK"),
    "in a folder": lambda repository: repository.write("pkg/a.py", "TASK"),
    "truncated": lambda repository: os.truncate(repository.path("f0.txt"), 3),
    "mode": lambda repository: os.chmod(repository.path("f0.txt"), 0o755),
    "saved by rename": _save_by_rename,
    "through a mapping": _write_through_a_mapping,
    "deleted": lambda repository: repository.remove("f0.txt"),
    "link": lambda repository: os.symlink("f0.txt", repository.path("link")),
    "folder": lambda repository: os.mkdir(repository.path("folder")),
    "name that is not UTF-8": lambda repository: repository.write(b"\xff\xfe\n", "TASK"),
    "folder whose name is not UTF-8": lambda repository: repository.write(b"\xff/\n/x", "TASK"),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_is_noticed(watched: Watched, name: str) -> None:
    assert Event.FILES in watched.events_of(lambda: WRITES[name](watched.repository))
    assert Event.FILES in watched.events_of(lambda: watched.repository.write("f1.txt", "TASK"))


def test_what_git_ignores_is_not_watched(watched: Watched) -> None:
    assert watched.events_of(lambda: watched.repository.write("build/out.txt", "again")) == []
    watched.repository.write("pkg/build/deep/down/x.txt", "ignored as well")
    watched.catch_up()
    assert watched.events_of(lambda: watched.repository.write("pkg/build/deep/down/x.txt", "again")) == []


def test_a_file_git_knows_in_an_ignored_folder_is_watched(repository: Repository, worktree: Worktree) -> None:
    repository.git("add", "-f", "build/out.txt")
    watched = Watched(repository, worktree)
    assert Event.FILES in watched.events_of(lambda: repository.write("build/out.txt", "TASK"))
    watched.watcher.close()


def test_new_folders_join(watched: Watched) -> None:
    os.makedirs(watched.repository.path("new/deep/down"))
    watched.catch_up()
    assert Event.FILES in watched.events_of(lambda: watched.repository.write("new/deep/down/x", "TASK"))


def test_a_folder_moved_away_leaves(watched: Watched, tmp_path: Path) -> None:
    os.rename(watched.repository.path("pkg"), tmp_path / "elsewhere")
    watched.catch_up()
    assert watched.events_of(lambda: (tmp_path / "elsewhere/a.py").write_text("not ours")) == []
    os.rename(tmp_path / "elsewhere", watched.repository.path("back"))
    watched.catch_up()
    assert Event.FILES in watched.events_of(lambda: watched.repository.write("back/a.py", "TASK"))


def test_linked_folders_are_not_followed(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    os.symlink(tmp_path / "outside", watched.repository.path("link"))
    watched.catch_up()
    assert watched.events_of(lambda: (tmp_path / "outside/x").write_text("not ours")) == []


def test_a_changed_ignore_rule_is_obeyed(watched: Watched) -> None:
    watched.repository.write(".gitignore", "*.log\n")
    watched.catch_up()
    assert Event.FILES in watched.events_of(lambda: watched.repository.write("build/out.txt", "TASK"))


def test_a_folder_named_by_the_caller_is_watched_though_ignored(watched: Watched) -> None:
    watched.repository.write(".autonav/.gitignore", "*\n")
    os.mkdir(watched.repository.path(TASKS))
    watched.catch_up()
    assert Event.FILES in watched.events_of(lambda: watched.repository.write(f"{TASKS}/x.toml", "task"))


def test_a_neighbour_of_the_git_dir_is_not_taken_for_it(watched: Watched) -> None:
    os.mkdir(watched.repository.path(".github"))
    watched.catch_up()
    assert Event.FILES in watched.events_of(lambda: watched.repository.write(".github/x.yml", "TASK"))


def test_git_is_noticed(watched: Watched) -> None:
    watched.repository.write("f0.txt", "TASK")
    watched.catch_up()
    events = []
    watched.repository.git("commit", "-q", "-a", "-m", "agent")
    while Event.INDEX not in events:
        events += watched.events_of(lambda: None)
    assert Event.FILES not in events


def test_git_in_a_linked_worktree_is_noticed(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = open_worktree(str(tmp_path / "linked"))
    recorder = Recorder(linked)
    watcher = InotifyWatcher(linked, recorder, ())
    (tmp_path / "linked/f0.txt").write_text("TASK")
    repository.git("commit", "-q", "-a", "-m", "agent", cwd=tmp_path / "linked")
    while recorder.events.get(timeout=PATIENCE) is not Event.INDEX:
        pass
    watcher.close()
    linked.close()


def test_a_look_is_not_noticed(watched: Watched) -> None:
    task = StartedTask(watched.worktree)
    watched.repository.write("f0.txt", "TASK")
    watched.catch_up()
    assert watched.events_of(task.look) == []


def test_a_plain_folder_is_watched(repository: Repository) -> None:
    shutil.rmtree(repository.path(".git"))
    worktree = open_worktree(str(repository.root))
    recorder = Recorder(worktree)
    watcher = InotifyWatcher(worktree, recorder, ())
    repository.write("pkg/a.py", "TASK")
    assert recorder.events.get(timeout=PATIENCE) is Event.FILES
    watcher.close()
    worktree.close()


def test_a_hint_comes_once_the_worktree_has_settled(repository: Repository, worktree: Worktree) -> None:
    repository.git("checkout", "-q", "-b", "x")
    for number in range(300):
        repository.write(f"many/{number}.txt", "x")
    repository.commit("many")
    repository.git("checkout", "-q", "main")
    task = StartedTask(worktree)
    hints: queue.Queue[None] = queue.Queue()
    watcher = watch(worktree, lambda: hints.put(None))
    assert watcher.kind == "inotify"
    repository.git("checkout", "-q", "x")
    hints.get(timeout=PATIENCE)
    assert task.look() == {}
    repository.write("many/7.txt", "TASK")
    while task.look() != {"many/7.txt": "modified"}:
        hints.get(timeout=PATIENCE)
    watcher.close()


def test_an_overflow_is_a_hint_and_new_folders_join(repository: Repository, worktree: Worktree) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    hints: queue.Queue[None] = queue.Queue()
    busy, go_on = threading.Event(), threading.Event()

    def on_hint() -> None:
        busy.set()
        go_on.wait(PATIENCE)
        hints.put(None)

    watcher = watch(worktree, on_hint)
    repository.write("f0.txt", "TASK")
    assert busy.wait(PATIENCE)
    for number in range(limit + 100):  # the watcher does not read now, and equal events in a row count once
        os.utime(repository.path(f"f{number % 2}.txt"))
    os.mkdir(repository.path("unseen"))
    go_on.set()
    hints.get(timeout=PATIENCE)
    hints.get(timeout=PATIENCE)
    repository.write("unseen/x", "TASK")
    hints.get(timeout=PATIENCE)
    watcher.close()


def test_when_watches_run_out_it_polls_and_says_so(
    repository: Repository, worktree: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched_folders: list[str] = []
    add_watch = INotify.add_watch

    def scarce(self: INotify, path: str, mask: int) -> int:
        watched_folders.append(path)
        if len(watched_folders) > 1:
            raise OSError(errno.ENOSPC, "no space left on device")
        return add_watch(self, path, mask)

    monkeypatch.setattr(INotify, "add_watch", scarce)
    _demand_polling(worktree, monkeypatch)


def test_when_there_is_no_watcher_to_be_had_it_polls_and_says_so(
    worktree: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(self: INotify, *_: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(INotify, "__init__", none_left)
    _demand_polling(worktree, monkeypatch)


def test_a_callback_that_fails_ends_nothing(repository: Repository, worktree: Worktree) -> None:
    calls: queue.Queue[None] = queue.Queue()

    def on_hint() -> None:
        calls.put(None)
        raise ValueError

    watcher = watch(worktree, on_hint)
    for name in ("f0.txt", "f1.txt"):
        repository.write(name, "TASK")
        calls.get(timeout=PATIENCE)
    watcher.close()


def test_closing_leaves_nothing_behind(worktree: Worktree) -> None:
    before = _descriptors()
    watcher = watch(worktree, lambda: None)
    assert _descriptors() != before
    watcher.close()
    assert _descriptors() == before
    assert "autonav-watch" not in [thread.name for thread in threading.enumerate()]


def test_settled(repository: Repository, worktree: Worktree) -> None:
    index = os.lstat(repository.path(".git/index")).st_ctime
    assert not settled(worktree, lambda: index + 0.03)
    assert settled(worktree, lambda: index + 60)
    assert settled(worktree, lambda: index - 60), "a clock that is not ours must not stop every look"
    repository.write(".git/index.lock", "")
    lock = os.lstat(repository.path(".git/index.lock")).st_ctime
    assert not settled(worktree, lambda: lock + 9)
    assert settled(worktree, lambda: lock + 10.1)


def _demand_polling(worktree: Worktree, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (watching, sys.modules[InotifyWatcher.__module__]):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.001)
    hints: queue.Queue[None] = queue.Queue()
    watcher = watch(worktree, lambda: hints.put(None))
    assert watcher.kind == "polling"
    for _ in range(3):
        hints.get(timeout=PATIENCE)
    watcher.close()


def _descriptors() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one that listed the folder
            found.add(f"{name} {os.readlink(f'/proc/self/fd/{name}')}")
    return found
