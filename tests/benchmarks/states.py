"""Commits of states in trees of 2,000 and of 50,000 files, and what a candidate costs to write, against git and copies.

Every method gets the same contents in turns, rounds interleaved. Commits of ours hash the contents and stay in memory;
pygit2 and git write loose objects, dulwich hashes trees in memory. Durable is another thing: see the row of
checkpoints. `pip install pygit2 dulwich` for these two; overlayfs needs root. Alone: `python tests/benchmarks/run.py states`.
"""

import ctypes
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import Any

from blake3 import blake3

from autonav_analysis.states.entries import FILE, Entry
from autonav_analysis.states.state import EMPTY, State, commit, diff
from autonav_server.worktree.states import checkpoint, restore, state_of_folder, switch
from autonav_server.worktree.store import Store

SIZE, ROUNDS, SLOW_ROUNDS, CANDIDATES = 4096, 480, 12, 8
Contents = dict[str, bytes]
Method = Callable[[Contents], object]


def rows() -> Iterator[str]:
    """Yield for each size the time of a commit and the time and bytes of a candidate."""
    for files in (2_000, 50_000):
        with tempfile.TemporaryDirectory() as scratch:
            root, paths = created(Path(scratch), files)
            started = time.perf_counter()
            state = state_of_folder(root).state
            yield f"{files:,} files of {SIZE} bytes; read from disk {(time.perf_counter() - started) * 1000:.0f} ms"
            for changed in (1, 5):
                yield from commits(root, paths, state, changed)
                yield from durable(Path(scratch) / f"store{changed}", root, paths, state, changed)
                yield from candidates(Path(scratch), root, paths, state, changed)


def created(scratch: Path, files: int) -> tuple[Path, list[str]]:
    """Return a committed repository of so many files, 100 in a folder, and their paths."""
    root = scratch / "repository"
    paths = named(files)
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(os.urandom(SIZE))
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "base"]):
        git(root, *words)
    return root, paths


def named(files: int) -> list[str]:
    return [f"top{number // 5000:02d}/pkg{number // 100 % 50:02d}/m{number % 100:03d}.py" for number in range(files)]


def commits(root: Path, paths: list[str], state: State, changed: int) -> Iterator[str]:
    """Yield a row for every method with the least, p50 and p99 in microseconds, and p50 as a ratio to ours."""
    seconds = commit_seconds(root, paths, state, changed)
    ours = at(seconds["ours"], 0.5)
    for name, each in seconds.items():
        least, median, late = (at(each, share) * 1e6 for share in (0, 0.5, 0.99))
        ratio = at(each, 0.5) / ours
        yield f"  commit of {changed}, {name:<38} least {least:>9.1f} p50 {median:>9.1f} p99 {late:>9.1f} us {ratio:>7.1f} x"
    for said, work in (("ours", edited), ("ours, contents already hashed", commit)):
        many = [drawn(paths, changed) for _ in range(ROUNDS)]
        given = many if work is edited else [entries_of(each) for each in many]
        alone = [timed(partial(work, state, each), 1)[0] for each in given]
        median, late = (at(alone, share) * 1e6 for share in (0.5, 0.99))
        yield f"  commit of {changed}, {said}, nothing in between: p50 {median:.1f} p99 {late:.1f} us"
    for name in METHODS.keys() - seconds.keys():
        yield f"  commit of {changed}, {name:<38} not installed"


def commit_seconds(root: Path, paths: list[str], state: State, changed: int) -> dict[str, list[float]]:
    """Return the seconds of each commit by every method that is installed, taken in turns."""
    methods = {name: (make(root, state), rounds) for name, (make, rounds) in METHODS.items()}
    seconds: dict[str, list[float]] = {name: [] for name, (method, _) in methods.items() if method is not None}
    for turn in range(ROUNDS):
        contents = drawn(paths, changed)
        for name, (method, rounds) in methods.items():
            if method is not None and turn % (ROUNDS // rounds) == 0:
                started = time.perf_counter()
                method(contents)
                seconds[name].append(time.perf_counter() - started)
    return seconds


def of_one_content(scratch: Path, files: int) -> tuple[Path, list[str], State]:
    """Return a repository whose commit has so many files of one content and no file on disk, their paths, its state."""
    root, data = scratch / "repository", os.urandom(SIZE)
    root.mkdir()
    paths = named(files)
    git(root, "init", "-q")
    blob = git(root, "hash-object", "-w", "--stdin", data=data).strip()
    git(
        root,
        "update-index",
        "--index-info",
        data=b"".join(b"100644 %b\t%b\n" % (blob, each.encode()) for each in paths),
    )
    git(root, "commit", "-qm", "base")
    return root, paths, edited(EMPTY, dict.fromkeys(paths, data))


def durable(folder: Path, root: Path, paths: list[str], state: State, changed: int) -> Iterator[str]:
    """Yield what it takes to keep a state, to load it and to find a difference."""
    store = Store(str(folder))
    try:
        started = time.perf_counter()
        checkpoint(store, state, state_of_folder(root).fetch)
        first = time.perf_counter() - started
        found = []
        for _ in range(50):
            contents = drawn(paths, changed)
            after, by_digest = edited(state, contents), {blake3(data).digest(): data for data in contents.values()}
            started = time.perf_counter()
            checkpoint(store, after, by_digest.__getitem__)
            found.append(time.perf_counter() - started)
        started = time.perf_counter()
        restore(store, state.root.hex())
        loaded = time.perf_counter() - started
        after = edited(state, drawn(paths, changed))
        differences = timed(lambda: diff(state, after), 200)
    finally:
        store.close()
    yield f"  diff of {changed}, p50 {at(differences, 0.5) * 1e6:.1f} us"
    yield (
        f"  checkpoint of {changed}, p50 {at(found, 0.5) * 1000:.2f} ms; "
        f"of everything {first * 1000:.0f} ms; restore {loaded * 1000:.0f} ms"
    )


def candidates(scratch: Path, root: Path, paths: list[str], state: State, changed: int) -> Iterator[str]:
    """Yield milliseconds and bytes written until a folder holds the next candidate."""
    seconds, written = candidate_costs(scratch, root, paths, state, changed)
    ours = at(seconds["switch from the last candidate"], 0.5)
    for name, each in seconds.items():
        median = at(each, 0.5)
        numbers = f"p50 {median * 1000:>9.2f} ms {median / ours:>7.1f} x {written[name]:>12,} bytes"
        yield f"  candidate of {changed}, {name:<32} {numbers}"
    if "overlayfs mount, then in place" not in seconds:
        yield f"  candidate of {changed}, overlayfs: not available here, it needs root and a kernel that has it"


def candidate_costs(
    scratch: Path, root: Path, paths: list[str], state: State, changed: int, copies: int | None = None
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Return by method the seconds of each candidate, and the bytes of the files that the last one wrote."""
    working = scratch / f"working{changed}"
    shutil.copytree(root, working, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    original = state_of_folder(root).fetch
    seconds: dict[str, list[float]] = {}
    written: dict[str, int] = {}
    held = state
    copies = copies or (2 if len(paths) > 10_000 else CANDIDATES)
    for turn in range(CANDIDATES):
        contents = drawn(paths, changed)
        after = edited(state, contents)
        by_digest = {blake3(data).digest(): data for data in contents.values()}

        def fetch(digest: bytes, known: dict[bytes, bytes] = by_digest) -> bytes:
            return known.get(digest) or original(digest)

        def next_state(before: State = held, after: State = after, fetch=fetch) -> None:
            switch(working, before, after, fetch)

        def in_place(contents: Contents = contents) -> None:
            for path, data in contents.items():
                (scratch / "in place" / path).write_bytes(data)

        before = stamps(working)
        keep(seconds, "switch from the last candidate", next_state)
        written["switch from the last candidate"] = bytes_since(working, before)
        held = after
        for path in contents:
            (scratch / "in place" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, scratch / "in place" / path)
        before = stamps(scratch / "in place")
        keep(seconds, "in place, nothing undone", in_place)
        written["in place, nothing undone"] = bytes_since(scratch / "in place", before)
        if turn < copies:
            copy = scratch / "copy"
            keep(seconds, "git worktree add, then in place", lambda: worktree_with(root, copy, contents))  # noqa: B023
            written["git worktree add, then in place"] = bytes_since(copy, {})
            git(root, "worktree", "remove", "--force", str(copy))
            keep(seconds, "cp -a, then in place", lambda: copied_with(root, copy, contents))  # noqa: B023
            written["cp -a, then in place"] = bytes_since(copy, {})
            shutil.rmtree(copy)
        overlay = overlaid(scratch, root, contents)
        if overlay is not None:
            seconds.setdefault("overlayfs mount, then in place", []).append(overlay[0])
            written["overlayfs mount, then in place"] = overlay[1]
    shutil.rmtree(working)
    return seconds, written


def stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return what changes of each file below a folder when it is written: its number and its time."""
    found = {each: each.lstat() for each in folder.rglob("*")}
    return {path: (each.st_ino, each.st_mtime_ns) for path, each in found.items() if S_ISREG(each.st_mode)}


def bytes_since(folder: Path, before: dict[Path, tuple[int, int]]) -> int:
    """Return the size of the files below a folder that were written since; what they hold is written whole."""
    return sum(path.stat().st_size for path, stamp in stamps(folder).items() if before.get(path) != stamp)


def edited(state: State, contents: Contents) -> State:
    return commit(state, entries_of(contents))


def entries_of(contents: Contents) -> dict[bytes, Entry | None]:
    return {path.encode(): Entry(FILE, blake3(data).digest(), len(data)) for path, data in contents.items()}


def ours(root: Path, state: State) -> Method:
    return lambda contents: edited(state, contents)


def pygit2_builder(root: Path, state: State) -> Method | None:
    pygit2 = installed("pygit2")
    if pygit2 is None:
        return None
    repository = pygit2.Repository(str(root))
    base = repository.head.peel(pygit2.Tree)

    def tree(old: Any, items: list[tuple[list[str], Any]]) -> Any:
        builder = repository.TreeBuilder(old)
        for name, inside in grouped(items).items():
            if len(inside[0][0]) == 0:
                builder.insert(name, inside[0][1], pygit2.GIT_FILEMODE_BLOB)
            else:
                builder.insert(name, tree(old[name], inside), pygit2.GIT_FILEMODE_TREE)
        return builder.write()

    return lambda contents: tree(base, [(path.split("/"), repository.create_blob(d)) for path, d in contents.items()])


def pygit2_index(root: Path, state: State) -> Method | None:
    pygit2 = installed("pygit2")
    if pygit2 is None:
        return None
    repository = pygit2.Repository(str(root))
    index = repository.index

    def write(contents: Contents) -> Any:
        for path, data in contents.items():
            index.add(pygit2.IndexEntry(path, repository.create_blob(data), pygit2.GIT_FILEMODE_BLOB))
        return index.write_tree()

    return write


def dulwich_trees(root: Path, state: State) -> Method | None:
    module = installed("dulwich")
    if module is None:
        return None
    from dulwich.objects import Blob, Tree  # pyright: ignore[reportMissingImports]
    from dulwich.repo import Repo  # pyright: ignore[reportMissingImports]

    repository = Repo(str(root))
    trees: dict[bytes, Any] = {}
    top = repository[repository.head()].tree

    def tree(name: bytes, items: list[tuple[list[str], Any]]) -> bytes:
        if name not in trees:
            trees[name] = repository[name]
        new: Tree = trees[name].copy()
        for part, inside in grouped(items).items():
            if len(inside[0][0]) == 0:
                new[part.encode()] = (0o100644, inside[0][1])
            else:
                new[part.encode()] = (0o40000, tree(new[part.encode()][1], inside))
        return new.id

    return lambda contents: tree(top, [(path.split("/"), Blob.from_string(d).id) for path, d in contents.items()])


def command_line(root: Path, state: State) -> Method:
    index = root / ".git/index of benchmark"
    shutil.copy(root / ".git/index", index)
    environment = {"GIT_INDEX_FILE": str(index)}

    def write(contents: Contents) -> bytes:
        rows = b""
        for path, data in contents.items():
            rows += (
                b"100644 "
                + git(root, "hash-object", "-w", "--stdin", data=data).strip()
                + b"\t"
                + path.encode()
                + b"\n"
            )
        git(root, "update-index", "--index-info", data=rows, environment=environment)
        return git(root, "write-tree", environment=environment)

    return write


METHODS = {
    "ours": (ours, ROUNDS),
    "pygit2 TreeBuilder": (pygit2_builder, ROUNDS // 4),
    "pygit2 index.write_tree": (pygit2_index, ROUNDS // 8),
    "dulwich, trees in memory": (dulwich_trees, ROUNDS // 4),
    "git hash-object, update-index, write-tree": (command_line, SLOW_ROUNDS),
}
"""What makes a method, None when it is not installed, and how many rounds it takes part in."""


def worktree_with(root: Path, copy: Path, contents: Contents) -> None:
    git(root, "worktree", "add", "--detach", "-q", str(copy))
    written_into(copy, contents)


def copied_with(root: Path, copy: Path, contents: Contents) -> None:
    copy.mkdir()
    tops = [str(each) for each in root.iterdir() if each.name != ".git"]
    subprocess.run(["cp", "-a", *tops, str(copy)], check=True)
    written_into(copy, contents)


def overlaid(scratch: Path, root: Path, contents: Contents) -> tuple[float, int] | None:
    """Return the seconds of a mount over `root` with its changes in memory and their bytes, None where there is none."""
    memory = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else scratch))
    folders = [memory / name for name in ("upper", "work", "merged")]
    for folder in folders:
        folder.mkdir()
    options = f"lowerdir={root},upperdir={folders[0]},workdir={folders[1]}"
    library = ctypes.CDLL(None, use_errno=True)
    started = time.perf_counter()
    mounted = library.mount(b"overlay", os.fsencode(folders[2]), b"overlay", 0, os.fsencode(options)) == 0
    try:
        if not mounted:
            return None
        written_into(folders[2], contents)
        return time.perf_counter() - started, bytes_since(folders[0], {})
    finally:
        if mounted:
            subprocess.run(["umount", str(folders[2])], check=True)
        shutil.rmtree(memory)


def written_into(folder: Path, contents: Contents) -> None:
    for path, data in contents.items():
        (folder / path).write_bytes(data)


def keep(seconds: dict[str, list[float]], name: str, work: Callable[[], object]) -> None:
    seconds.setdefault(name, []).extend(timed(work, 1))


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return found


def grouped(items: list[tuple[list[str], Any]]) -> dict[str, list[tuple[list[str], Any]]]:
    found: dict[str, list[tuple[list[str], Any]]] = {}
    for parts, blob in items:
        found.setdefault(parts[0], []).append((parts[1:], blob))
    return found


def drawn(paths: list[str], changed: int) -> Contents:
    return {path: os.urandom(SIZE) for path in random.sample(paths, changed)}


def at(seconds: list[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def installed(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        return None


def git(root: Path, *words: str, data: bytes | None = None, environment: dict[str, str] | None = None) -> bytes:
    command = ["git", "-c", "gc.auto=0", "-c", "user.name=a", "-c", "user.email=a@example.org", *words]
    variables = {**os.environ, **(environment or {})}
    return subprocess.run(command, cwd=root, input=data, env=variables, capture_output=True, check=True).stdout
