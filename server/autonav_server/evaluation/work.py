"""What one evaluation needs, so that any process with the repository's files can make it.

A process keeps its checkouts and warm runners from one evaluation to the next, and removes them when it ends.
"""

import atexit
import contextlib
import logging
import os
import shutil
import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count
from multiprocessing import util

from blake3 import blake3

from autonav_analysis.toolchains import Project
from autonav_protocol.errors import BadRequest
from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server.confinement.job import Limits
from autonav_server.evaluation.checkouts import make_home, materialise, remove_home
from autonav_server.evaluation.evaluate import Guarded
from autonav_server.evaluation.swap import SwapRunner, Trust
from autonav_server.evaluation.tested import ColdRunner, each_within, how_tested, run_once
from autonav_server.evaluation.warm import WarmRunner
from autonav_server.sandbox import OWN_CODE, Sandbox, choose
from autonav_server.toolchain import PYTEST, Tests
from autonav_server.worktree.git import Git
from autonav_server.worktree.paths import cache_folder

log = logging.getLogger(__name__)

KEPT = 2
"""Warm checkouts that a process keeps, of different setups for instance."""

RENEWED = 500
"""Evaluations after which a runner is started anew, with whatever tests left running beside it."""

SPOILT = "folders of the checkout were replaced while the tests ran"


@dataclass(frozen=True)
class Setup:
    """What the evaluations of one exploration share.

    `environment` tells git where the objects of `tree` are; `expected` are the outcomes of a fresh run of it.
    `project` is the root itself where it is None; `kept` is the folder of what was built for all candidates. No
    test gets more than `test_seconds` of CPU time, where they are given.
    """

    root: str
    environment: tuple[tuple[str, str], ...]
    tree: str
    sandbox: str = "auto"
    required: tuple[str, ...] = ()
    interpreter: str | None = None
    limits: Limits = field(default_factory=Limits)
    expected: tuple[tuple[str, Outcome], ...] = ()
    project: Project | None = None
    kept: str = ""
    test_seconds: float = 0


@dataclass(frozen=True)
class Work:
    """One evaluation: the tree with `contents` put in, by root-relative path.

    `ids` are tests or flags, all tests by default; `fresh` says that it proves something, and so must
    run where nothing has run before. `fast` lets a candidate of our own rewrites, with ids and no flags, be judged by
    its functions' code alone, where that is known to be the same.
    """

    setup: Setup
    contents: Mapping[str, bytes]
    ids: tuple[str, ...]
    cpu_seconds: int
    fresh: bool = False
    fast: bool = False


@dataclass(eq=False)
class _Bench:
    """A checkout of a setup in a folder of its own, and the runner that is warm on it."""

    setup: Setup
    folder: str
    checkout: str
    tests: Tests
    runner: WarmRunner | ColdRunner
    guarded: Guarded
    originals: dict[str, tuple[bytes, int] | None] = field(default_factory=dict)
    evaluations: int = 0
    swap: SwapRunner | None = None
    trust: Trust = field(default_factory=Trust)


_lock = threading.Lock()
_idle: list[_Bench] = []
_numbers = count()
_home: list[str] = []


def evaluate(work: Work) -> Evaluation:
    """Run the tests of a candidate; raise AutonavError where they cannot be run at all."""
    if work.fresh:
        return _fresh(work)
    bench = _taken(work.setup)
    if any(bench.tests.is_test_file(path) for path in work.contents):
        _put_back(bench)
        return _fresh(work)  # a warm checkout's tests never change
    fast = _fast(work, bench) if work.fast and bench.tests.report == PYTEST else None
    if fast is not None and not bench.trust.wants_recheck(work.contents):
        bench.trust = bench.trust.after_served()
        _put_back(bench)
        return fast
    slow = _warm(work, bench)
    if fast is not None:
        _compare(bench, fast, slow)
    return slow


def release() -> None:
    """End all runners that this process keeps, and remove all it made; not while it evaluates."""
    with _lock:
        benches = list(_idle)
        _idle.clear()
    for bench in benches:
        _end(bench)
    remove_all()


def remove_all() -> None:
    """Remove all checkouts of this process, whatever its other threads do."""
    for home in _home:
        remove_home(home)
    _home.clear()


def put(checkout: str, path: str, data: bytes | None, mode: int = 0o644) -> None:
    """Put a file into a checkout in which strange code has run, or take it away; raise OSError where that fails.

    No link is followed, so nothing outside is ever written. Raises BadRequest for a path that leads outside.
    """
    *folders, name = path.split("/")
    if any(each in ("", ".", "..") for each in (*folders, name)):
        raise BadRequest(f"{path} is no path of a file below the root")
    with _opened(checkout, folders, create=data is not None) as folder:
        if data is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            return
        new = f"{name[:100]}.autonav-{next(_numbers)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(new, flags, mode, dir_fd=folder), "wb") as file:
            file.write(data)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)


def _fresh(work: Work) -> Evaluation:
    setup = work.setup
    sandbox, tests = _means(setup)
    folder, checkout = _checkout(setup)
    try:
        for path, data in work.contents.items():
            original = _original(setup, path)
            put(checkout, path, data, original[1] if original else 0o644)
        return run_once(
            sandbox, tests, checkout, setup.root, replace(setup.limits, cpu_seconds=work.cpu_seconds), work.ids
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _warm(work: Work, bench: _Bench) -> Evaluation:
    sound = False
    try:
        try:
            _change(work, bench)
        except OSError:  # what ran here before has spoilt it
            _remove(bench)
            bench = _new(work.setup)
            _change(work, bench)
        bench.evaluations += 1
        evaluation = bench.runner.run(*work.ids, cpu_seconds=work.cpu_seconds)
        try:
            _restore(work, bench)
        except OSError:
            return replace(evaluation, problem=evaluation.problem or SPOILT)
        sound = not (evaluation.problem and bench.guarded.changed())
        return evaluation
    finally:
        if not sound:
            _remove(bench)
        else:
            if bench.evaluations % RENEWED == 0:
                bench.runner.close()
            _put_back(bench)


def _fast(work: Work, bench: _Bench) -> Evaluation | None:
    """Judge a candidate by its functions' code alone, None where that cannot be."""
    if bench.trust.off or os.path.exists(_marker(work.setup.root)):
        return None
    setup = work.setup
    if bench.swap is None:
        sandbox, tests = _means(setup)
        checkout = materialise(setup.root, dict(setup.environment), setup.tree, bench.folder, "swap")
        expected = dict(setup.expected) or None
        bench.swap = SwapRunner(sandbox, tests, checkout, setup.root, setup.limits, expected=expected)
    fast = bench.swap.run(work.contents, *work.ids, cpu_seconds=work.cpu_seconds)
    if fast is None:
        bench.trust = bench.trust.after_refused() if bench.swap.works else replace(bench.trust, off=bench.swap.reason)
    return fast


def _compare(bench: _Bench, fast: Evaluation, slow: Evaluation) -> None:
    """Take in that a sample was judged both ways; a project that the fast one was wrong about is remembered."""
    bench.trust = bench.trust.after_served().after_recheck(fast, slow)
    if bench.trust.off_for_project:
        log.warning("%s: %s", bench.setup.root, bench.trust.off)
        marker = _marker(bench.setup.root)
        os.makedirs(os.path.dirname(marker), mode=0o700, exist_ok=True)
        with open(marker, "w", encoding="utf-8") as file:
            file.write(bench.trust.off)


def _marker(root: str) -> str:
    """Return the file that says that the fast path was wrong once for a project."""
    return str(cache_folder() / "fast-path-off" / blake3(root.encode("utf-8", "surrogateescape")).hexdigest(length=8))


def _end(bench: _Bench) -> None:
    bench.runner.close()
    if bench.swap is not None:
        bench.swap.close()


def _change(work: Work, bench: _Bench) -> None:
    for path, data in work.contents.items():
        if path not in bench.originals:
            bench.originals[path] = _original(work.setup, path)
        original = bench.originals[path]
        put(bench.checkout, path, data, original[1] if original else 0o644)


def _restore(work: Work, bench: _Bench) -> None:
    for path in work.contents:
        original = bench.originals[path]
        if original is None:
            put(bench.checkout, path, None)
        else:
            put(bench.checkout, path, *original)


def _taken(setup: Setup) -> _Bench:
    """Return a bench of that setup that nobody uses, the last used first, or a new one."""
    with _lock:
        for bench in reversed(_idle):
            if bench.setup == setup and os.path.isdir(bench.checkout):
                _idle.remove(bench)
                return bench
    return _new(setup)


def _new(setup: Setup) -> _Bench:
    sandbox, tests = _means(setup)
    folder, checkout = _checkout(setup)
    kind = WarmRunner if tests.report == PYTEST else ColdRunner
    runner = kind(sandbox, tests, checkout, setup.root, setup.limits)
    return _Bench(setup, folder, checkout, tests, runner, Guarded(checkout, tests.is_test_file))


def _put_back(bench: _Bench) -> None:
    with _lock:
        _idle.append(bench)
        excess = _idle[:-KEPT]
        del _idle[:-KEPT]
    for each in excess:
        _remove(each)


def _remove(bench: _Bench) -> None:
    _end(bench)
    shutil.rmtree(bench.folder, ignore_errors=True)


@lru_cache(maxsize=8)
def _means(setup: Setup) -> tuple[Sandbox, Tests]:
    tests = how_tested(setup.root, setup.project, setup.interpreter, setup.kept)
    return choose(setup.sandbox, (*OWN_CODE, *setup.required)), each_within(tests, setup.test_seconds)


def _checkout(setup: Setup) -> tuple[str, str]:
    """Return a new folder of this process and the checkout in it."""
    with _lock:
        if not _home or not os.path.isdir(_home[0]):
            _home[:] = [make_home()]
            atexit.register(release)
            util.Finalize(None, release, exitpriority=1)  # processes of multiprocessing know no atexit
        folder = os.path.join(_home[0], str(next(_numbers)))
    os.mkdir(folder, 0o700)
    try:
        return folder, materialise(setup.root, dict(setup.environment), setup.tree, folder, "tree")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _original(setup: Setup, path: str) -> tuple[bytes, int] | None:
    """Return contents and mode of a file of the tree, None where it has none; raise BadRequest for a link or folder."""
    git = Git(setup.root, dict(setup.environment))
    listed = git.text("ls-tree", "-z", "--full-tree", setup.tree, "--", path).rstrip("\0")
    if not listed:
        return None
    mode = int(listed.split(" ", 1)[0], 8)
    if not stat.S_ISREG(mode):
        raise BadRequest(f"{path} is not a regular file")
    return git("cat-file", "--filters", f"{setup.tree}:{path}").stdout, stat.S_IMODE(mode)


@contextlib.contextmanager
def _opened(checkout: str, folders: list[str], *, create: bool) -> Iterator[int]:
    """Open a folder below a checkout without following a link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    folder = os.open(checkout, flags)
    try:
        for name in folders:
            if create:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, dir_fd=folder)
            inner = os.open(name, flags, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)
