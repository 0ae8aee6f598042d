"""Watching a worktree: hints that something may have changed, from a thread of its own.

A hint says "look again" and nothing else; the look is the truth. On Linux the kernel's inotify
watches every folder that git does not ignore, and an overflow is a hint like any other. Elsewhere
watchfiles serves, and where watches run out a timer does.
"""

import errno
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Literal, Protocol

from autonav_server.worktree.worktree import Worktree

Kind = Literal["inotify", "watchfiles", "polling"]
POLL_SECONDS = 2.0
STALE_LOCK_SECONDS = 10.0
GIT_QUIET_SECONDS = 0.06
GIT_FOLDERS = ("", "logs", "refs", "refs/heads", "rebase-merge", "rebase-apply")
SKIPPED = frozenset((".git",))


class Watcher(Protocol):
    """A running watcher; `kind` says how it watches."""

    kind: Kind

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""


def watch(worktree: Worktree, on_hint: Callable[[], None], more_folders: Iterable[str] = ()) -> Watcher:
    """Begin to watch and return the watcher; `on_hint` is called from its thread.

    `more_folders` are watched although git ignores them, once they exist.
    """
    extra = tuple(os.path.join(worktree.root, folder) for folder in more_folders)
    if sys.platform == "linux":
        try:
            return _InotifyWatcher(worktree, on_hint, extra)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EMFILE, errno.ENOMEM):
                raise
        return _PollingWatcher(on_hint)
    return _WatchfilesWatcher(worktree, on_hint)


def settled(worktree: Worktree, now: Callable[[], float] = time.time) -> bool:
    """Return whether git is at rest, so that a look sees no half-done checkout.

    git writes files, then replaces the index, then moves HEAD: so an index replaced within the
    last 60 ms, or an `index.lock` younger than 10 s since it last grew, means wait.
    """
    lock = _changed_at(os.path.join(worktree.git_dir, "index.lock"))
    if lock is not None and now() - lock < STALE_LOCK_SECONDS:
        return False
    index = _changed_at(os.path.join(worktree.git_dir, "index"))
    return index is None or not 0 <= now() - index < GIT_QUIET_SECONDS


def _changed_at(path: str) -> float | None:
    try:
        return os.stat(path).st_ctime
    except OSError:
        return None


class _InotifyWatcher:
    """Watches folders one by one; new folders join, moved and deleted ones leave."""

    kind: Kind = "inotify"

    def __init__(self, worktree: Worktree, on_hint: Callable[[], None], extra: tuple[str, ...]) -> None:
        from inotify_simple import INotify, flags

        self._flags = flags
        self._mask = (
            flags.CLOSE_WRITE | flags.MODIFY | flags.ATTRIB | flags.MOVED_FROM | flags.MOVED_TO
            | flags.CREATE | flags.DELETE | flags.ONLYDIR | flags.DONT_FOLLOW | flags.EXCL_UNLINK
        )  # fmt: skip
        self._worktree, self._on_hint, self._extra = worktree, on_hint, extra
        self._inotify = INotify()
        self._folders: dict[int, bytes] = {}
        self._wake_read, self._wake_write = os.pipe()
        try:
            self._add_all()
        except OSError:
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

    def _add_all(self) -> None:
        for folder in (self._worktree.root, *_folders_of(self._worktree)):
            self._add(os.fsencode(folder))
        if self._worktree.has_git:
            for name in GIT_FOLDERS:
                self._add(os.fsencode(os.path.join(self._worktree.git_dir, name)))
        for folder in self._extra:
            self._add(os.fsencode(os.path.dirname(folder)))
            self._add(os.fsencode(folder))

    def _add(self, folder: bytes) -> None:
        try:
            self._folders[self._inotify.add_watch(os.fsdecode(folder), self._mask)] = folder
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                raise
            # Gone again, not a folder, or not readable: the rescan sees what there is.

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._inotify.fileno(), select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poller.poll()}
            if self._wake_read in ready:
                return
            try:
                relevant = [event for event in self._inotify.read(timeout=0) if self._is_relevant(event)]
            except OSError:
                relevant = [None]
            if relevant:
                self._on_hint()

    def _is_relevant(self, event: object) -> bool:
        wd, mask, _, name = event  # type: ignore[misc]
        flags = self._flags
        if mask & flags.Q_OVERFLOW:
            self._add_all()
            return True
        folder = self._folders.get(wd)
        if mask & flags.IGNORED or folder is None:
            self._folders.pop(wd, None)
            return False
        path = os.path.join(folder, os.fsencode(name))
        if name.endswith(".lock") and folder.startswith(os.fsencode(self._worktree.git_dir)):
            return False
        if mask & flags.ISDIR:
            if mask & (flags.CREATE | flags.MOVED_TO):
                self._enter(path)
            elif mask & flags.MOVED_FROM:
                self._leave(path)
        return True

    def _enter(self, folder: bytes) -> None:
        """Watch a new folder and those below it; files made before the watch stood are found by the rescan."""
        if os.path.basename(folder) in map(os.fsencode, SKIPPED) or self._is_ignored(folder):
            return
        for each, folders, _ in os.walk(folder, followlinks=False):
            folders[:] = [name for name in folders if os.fsdecode(name) not in SKIPPED]
            self._add(each)

    def _is_ignored(self, folder: bytes) -> bool:
        if os.fsdecode(folder) in (*self._extra, *map(os.path.dirname, self._extra)):
            return False
        if folder.startswith(os.fsencode(self._worktree.git_dir) + b"/"):
            return os.path.basename(folder) not in (b"rebase-merge", b"rebase-apply", b"logs", b"refs", b"heads")
        asked = os.path.relpath(folder, os.fsencode(self._worktree.root)) + b"/\0"
        done = self._worktree.git("check-ignore", "--no-index", "-q", "-z", "--stdin", stdin=asked, check=False)
        return done.returncode == 0

    def _leave(self, folder: bytes) -> None:
        """Forget a folder that was moved away: its watches would go on under the old name."""
        for wd, path in list(self._folders.items()):
            if path == folder or path.startswith(folder + b"/"):
                del self._folders[wd]
                try:
                    self._inotify.rm_watch(wd)
                except OSError:
                    continue


class _PollingWatcher:
    """Hints at intervals."""

    kind: Kind = "polling"

    def __init__(self, on_hint: Callable[[], None]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(on_hint,), name="autonav-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self, on_hint: Callable[[], None]) -> None:
        while not self._stop.wait(POLL_SECONDS):
            on_hint()


class _WatchfilesWatcher:
    """Hints from watchfiles, for systems without inotify."""

    kind: Kind = "watchfiles"

    def __init__(self, worktree: Worktree, on_hint: Callable[[], None]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(worktree, on_hint), name="autonav-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self, worktree: Worktree, on_hint: Callable[[], None]) -> None:
        from watchfiles import watch as watch_files  # type: ignore[import-not-found]

        roots = dict.fromkeys((worktree.root, worktree.git_dir))
        for _ in watch_files(*roots, stop_event=self._stop, debounce=50, step=10, watch_filter=None):
            on_hint()


def _folders_of(worktree: Worktree) -> list[str]:
    """Return every folder that git does not ignore, the root left out."""
    listed = worktree.git.text("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--directory").split(
        "\0"
    )
    known: set[str] = set()
    for path in listed:
        folder = path.rstrip("/") if path.endswith("/") else os.path.dirname(path)
        while folder and folder not in known:
            known.add(folder)
            folder = os.path.dirname(folder)
    untracked = [path.rstrip("/") for path in listed if path.endswith("/")]
    for folder in untracked:
        for each, folders, _ in os.walk(os.path.join(worktree.root, folder), followlinks=False):
            folders[:] = [name for name in folders if name not in SKIPPED]
            known.add(os.path.relpath(each, worktree.root))
    return [os.path.join(worktree.root, folder) for folder in known if folder not in (".", ".git")]
