"""Watching by inotify, folder by folder: those that git does not ignore, and the git dir.

The kernel names no files made in a new folder before its watch stood; the look finds them.
"""

import os
import select
import threading
from collections.abc import Iterable, Iterator

from inotify_simple import Event as KernelEvent
from inotify_simple import INotify, flags

from autonav_analysis.changes.settling import Event
from autonav_server.worktree.settling import Trigger
from autonav_server.worktree.watching import POLL_SECONDS, Kind
from autonav_server.worktree.worktree import Worktree

MASK = (
    flags.CLOSE_WRITE | flags.MODIFY | flags.ATTRIB | flags.MOVED_FROM | flags.MOVED_TO
    | flags.CREATE | flags.DELETE | flags.ONLYDIR | flags.DONT_FOLLOW | flags.EXCL_UNLINK
)  # fmt: skip
GIT_FOLDERS = (b"", b"info", b"logs", b"refs", b"refs/heads", b"rebase-merge", b"rebase-apply")
IGNORE_FILES = (".gitignore", "exclude")


class InotifyWatcher:
    """Watches until closed. Raises OSError where not even one watcher is to be had."""

    def __init__(self, worktree: Worktree, trigger: Trigger, more_folders: Iterable[str]) -> None:
        self.kind: Kind = "inotify"
        self._worktree, self._trigger = worktree, trigger
        self._root = os.fsencode(worktree.root)
        self._git_dirs = tuple(os.fsencode(each) for each in (worktree.git_dir, worktree.common_dir))
        self._git_folders = frozenset(
            os.path.join(each, name).rstrip(b"/") for each in self._git_dirs for name in GIT_FOLDERS
        )
        more = [os.path.join(self._root, os.fsencode(each)) for each in more_folders]
        self._more_folders = frozenset((*more, *map(os.path.dirname, more)))
        self._inotify = INotify()
        self._folders: dict[int, bytes] = {}
        self._wake_read, self._wake_write = os.pipe()
        try:
            self._watch_everything()
        except BaseException:
            self._release()
            raise
        self._thread = threading.Thread(target=self._run, name="autonav-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        os.write(self._wake_write, b"x")
        self._thread.join()
        self._release()

    def _release(self) -> None:
        self._inotify.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._inotify.fileno(), select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        while True:
            waiting = self._trigger.hint_when_due()
            if waiting is None and self.kind == "polling":
                waiting = POLL_SECONDS
            ready = {descriptor for descriptor, _ in poller.poll(None if waiting is None else waiting * 1000)}
            if self._wake_read in ready:
                return
            if ready:
                self._take(self._inotify.read(timeout=0))
            elif self.kind == "polling":
                self._trigger.note(Event.FILES)

    def _take(self, events: Iterable[KernelEvent]) -> None:
        new: list[bytes] = []
        again = False
        for event in events:
            if event.mask & flags.Q_OVERFLOW:
                again = True
                self._trigger.note(Event.FILES)
                continue
            folder = self._folders.get(event.wd)
            if event.mask & flags.IGNORED:
                self._folders.pop(event.wd, None)
            if folder is None or event.mask & flags.IGNORED:
                continue
            self._trigger.note(self._event(folder, event.name))
            again = again or event.name in IGNORE_FILES
            if event.mask & flags.ISDIR and event.name != ".git":
                path = os.path.join(folder, os.fsencode(event.name))
                if event.mask & flags.MOVED_FROM:
                    self._forget(path)
                elif event.mask & (flags.CREATE | flags.MOVED_TO):
                    new.append(path)
        if again:
            self._watch_everything()
        elif new:
            self._watch_below(new)

    def _event(self, folder: bytes, name: str) -> Event:
        if folder == self._git_dirs[0] and name == "index":
            return Event.INDEX
        return Event.GIT if folder in self._git_folders else Event.FILES

    def _watch_everything(self) -> None:
        self._watch_below([self._root])
        # Git may know files in folders that it would ignore.
        listed = self._worktree.git.text("ls-files", "-z").split("\0")
        for folder in {os.path.dirname(path) for path in listed}:
            self._add(os.path.join(self._root, os.fsencode(folder)).rstrip(b"/"))
        for folder in (*self._more_folders, *(self._git_folders if self._worktree.has_git else ())):
            self._add(folder)

    def _watch_below(self, folders: list[bytes]) -> None:
        """Watch folders and those in them, level by level; git is asked once a level which ones it ignores."""
        while folders:
            folders = [folder for folder in self._not_ignored(folders) if self._add(folder)]
            folders = [inner for folder in folders for inner in _folders_in(folder)]

    def _not_ignored(self, folders: list[bytes]) -> list[bytes]:
        in_git = {folder for folder in folders if self._is_in_git(folder)}
        asked = [folder for folder in folders if folder != self._root and folder not in in_git]
        ignored: set[bytes] = set()
        if asked:
            names = b"\0".join(os.path.relpath(folder, self._root) + b"/" for folder in asked)
            git = self._worktree.git.with_env(GIT_LITERAL_PATHSPECS="0")  # it refuses them
            done = git("check-ignore", "--no-index", "-z", "--stdin", stdin=names, check=False)
            ignored = {os.path.join(self._root, name.rstrip(b"/")) for name in done.stdout.split(b"\0") if name}
        unwanted = (ignored | in_git) - self._more_folders - self._git_folders
        return [folder for folder in folders if folder not in unwanted]

    def _is_in_git(self, folder: bytes) -> bool:
        return any((folder + b"/").startswith(each + b"/") for each in self._git_dirs)

    def _add(self, folder: bytes) -> bool:
        try:
            self._folders[self._inotify.add_watch(os.fsdecode(folder), MASK)] = folder
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return False  # gone again, a link, or closed to us: the look sees what there is
        except OSError:
            self.kind = "polling"
            return False
        return True

    def _forget(self, moved: bytes) -> None:
        """Stop watching a folder that was moved away: its events would go on under the old name."""
        for wd, folder in list(self._folders.items()):
            if folder == moved or folder.startswith(moved + b"/"):
                del self._folders[wd]
                try:
                    self._inotify.rm_watch(wd)
                except OSError:
                    continue


def _folders_in(folder: bytes) -> Iterator[bytes]:
    """Yield the folders in a folder, links and the git dirs of other repositories left out."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    yield from (each for each in found if os.path.basename(each) != b".git")
