"""The targets of speed and size, those that a machine can judge in minutes, each against a peer measured in the same run.

`autonav validate --targets` runs this file in a process of its own and reads a line of JSON when a row begins and one
when it ends. What is judged here is a short form of the other benchmarks; each row says what was shortened.
"""

import contextlib
import importlib.util
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from autonav_protocol.values.target import TargetRow, TargetVerdict  # noqa: E402
from autonav_server.evaluation.targets import line  # noqa: E402

QUIET = "[pytest]\naddopts = -p no:hypothesispytest -p no:pytest-lsp -p no:asyncio -p no:anyio -p no:xdist -p no:xdist.looponfail\n"
"""Plugins of this environment, left out: they would make a fresh process slower than the project's own."""

JEDI, PYLSP, RUFF = "jedi-language-server", "pylsp, mccabe", "ruff server"
KEYS, EDITS, EVALUATIONS = 12, 3_000, 4


class NotHere(Exception):
    """The row cannot be measured on this machine; the message says why."""


@dataclass(frozen=True)
class Measured:
    """What ours and the peer came to, in one unit; `missed` names a condition beside the number that does not hold."""

    ours: float
    theirs: float
    missed: str = ""


@dataclass(frozen=True)
class Target:
    """A row: the most that `of`, the ratio to the peer or the value alone, may be; None where it is only reported."""

    name: str
    work: str
    limit: float | None
    of: str
    unit: str
    peer: str
    measure: Callable[[], Measured]
    said: str = ""


def main(chosen: list[str]) -> None:
    """Measure the rows named, all by default, and print each as JSON."""
    known = [each.name for each in TARGETS]
    if unknown := [each for each in chosen if each not in known]:
        tell({"unknown": unknown, "known": known})
        return
    rows = [each for each in TARGETS if not chosen or each.name in chosen]
    for number, target in enumerate(rows):
        tell({"begun": target.work, "share": number / len(rows)})
        tell({"row": asdict(judged(target))})


def rows() -> Iterator[str]:
    """Yield each row as `autonav validate --targets` prints it."""
    for target in TARGETS:
        yield line(judged(target))


def judged(target: Target) -> TargetRow:
    """Return the row of a target: measured and held against its limit, or why it was not."""
    row = TargetRow(
        target.name, target.work, TargetVerdict.NOT_RUN, target.limit, target.of, target.unit, peer=target.peer
    )
    started = time.perf_counter()
    try:
        measured = target.measure()
    except NotHere as error:
        return replace(row, said=str(error))
    ratio = measured.ours / measured.theirs
    met = target.limit is None or (measured.ours if target.of == "value" else ratio) <= target.limit
    return replace(
        row,
        verdict=TargetVerdict.GO if met and not measured.missed else TargetVerdict.NO_GO,
        value=measured.ours,
        theirs=measured.theirs,
        ratio=ratio,
        said="; ".join(filter(None, (measured.missed, target.said))),
        seconds=time.perf_counter() - started,
    )


@cache
def django() -> Mapping[Path, bytes]:
    """Return the Python files of the installed Django with their contents."""
    found = importlib.util.find_spec("django")
    if found is None or found.origin is None:
        raise NotHere("Django, whose source is measured, is not installed: pip install 'django>=5.2,<6'")
    return {each: each.read_bytes() for each in sorted(Path(found.origin).parent.rglob("*.py"))}


@cache
def parsed_and_measured() -> tuple[float, float]:
    """Return the CPU seconds of one process that measures Django, and of one that parses it."""
    import complexity

    sources = {str(path): data for path, data in django().items()}
    return complexity.against_parsing(complexity.load(complexity.languages()["python"]), sources, 6)


@cache
def in_worktree() -> tuple[float, float, float]:
    """Return the wall seconds of measuring Django's files with one process, with a pool, and from the cache."""
    import complexity

    paths = list(django())
    return complexity.of_worktree(Path(os.path.commonpath(paths)), paths)


def cold() -> Measured:
    return Measured(*parsed_and_measured())


def warm() -> Measured:
    alone, _, kept = in_worktree()
    return Measured(kept, alone)


def pooled() -> Measured:
    if (os.cpu_count() or 1) < 2:
        raise NotHere("this machine has one processor")
    alone, pool, _ = in_worktree()
    return Measured(pool, alone)


@cache
def keys() -> tuple[float, list[float]]:
    import typing_cost

    return typing_cost.costs()


def key(share: float) -> Measured:
    whole, each = keys()
    return Measured(each[int(len(each) * share)] * 1000, whole * 1000)


def server(name: str):
    """Return what a language server took for the large file; raise NotHere where it is not installed."""
    import servers

    if not servers.installed(name):
        raise NotHere(f"{name} is not installed: make benchmarks installs it")
    return served(name)


@cache
def served(name: str):
    import servers

    return servers.served(name, keys=KEYS, edits=0)


def opened(*peers: str) -> Measured:
    return Measured(server("AutoNav").opened * 1000, min(server(each).opened for each in peers) * 1000)


def shown(*peers: str) -> Measured:
    ours, *theirs = (statistics.median(server(each).shown) * 1000 for each in ("AutoNav", *peers))
    return Measured(ours, min(theirs))


def initialized() -> Measured:
    import servers

    server(PYLSP)
    taken = [[servers.served(each, keys=0, edits=0).initialize for each in ("AutoNav", PYLSP)] for _ in range(5)]
    ours, theirs = (min(each) * 1000 for each in zip(*taken, strict=True))
    return Measured(ours, theirs)


def memory() -> Measured:
    import servers

    found = servers.served("AutoNav", keys=0, edits=EDITS)
    return Measured(found.after, found.warm)


def noticed() -> Measured:
    import asyncio

    import fence

    with tempfile.TemporaryDirectory() as folder:
        root = fence.created(Path(folder), 2_000)
        seconds, _ = asyncio.run(fence.measured(root, 2_000, idle_seconds=0.1))
        return Measured(seconds[int(len(seconds) * 0.95)], fence.git_status(root))


@cache
def committed(changed: int) -> Mapping[str, float]:
    """Return the median microseconds of a commit by each method."""
    import states

    with tempfile.TemporaryDirectory() as folder:
        seconds = states.commit_seconds(*states.of_one_content(Path(folder), 50_000), changed)
    return {name: statistics.median(each) * 1e6 for name, each in seconds.items()}


def commit(changed: int) -> Measured:
    found = committed(changed)
    return Measured(found["ours"], min(each for name, each in found.items() if name.startswith("git")))


@cache
def candidates() -> tuple[Mapping[str, list[float]], Mapping[str, int]]:
    """Return by method the seconds of each candidate, and the bytes that the last one wrote."""
    import states

    with tempfile.TemporaryDirectory() as folder:
        root, paths = states.created(Path(folder), 2_000)
        return states.candidate_costs(Path(folder), root, paths, states.state_of_folder(root).state, 1, copies=2)


SWITCH, WORKTREE, OVERLAY = (
    "switch from the last candidate",
    "git worktree add, then in place",
    "overlayfs mount, then in place",
)


def written() -> Measured:
    _, found = candidates()
    return Measured(found[SWITCH], found[WORKTREE])


def switched() -> Measured:
    seconds, _ = candidates()
    if OVERLAY not in seconds:
        raise NotHere("overlayfs cannot be mounted: it needs root and a kernel that has it")
    return Measured(statistics.median(seconds[SWITCH]) * 1000, statistics.median(seconds[OVERLAY]) * 1000)


@cache
def evaluated() -> Mapping[str, tuple[float, float, int]]:
    """Return for each way of running the demo's tests its least milliseconds, of all and of one, and verdicts that differ."""
    import evaluation

    from autonav_server.demonstration import project
    from autonav_server.evaluation.checkouts import make_home

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()), "shop")
        folder.mkdir()
        project.create(folder)
        (folder / "pytest.ini").write_text(QUIET)
        home = make_home()
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        names = ("process, fresh", "bubblewrap, fresh", "bubblewrap, fast path")
        compared = evaluation.compare(folder, home, EVALUATIONS, names)
    assert compared is not None
    return {
        each.name: (min(each.seconds[0]) * 1000, min(each.seconds[1]) * 1000, each.differ)
        for each in compared[2]
        if all(each.seconds)
    }


def fast(of: int) -> Measured:
    found = _in_bubblewrap()
    if "bubblewrap, fast path" not in found:
        raise NotHere("the fast path took none of the edits, which it may")
    *ours, differ = found["bubblewrap, fast path"]
    *theirs, _ = found["bubblewrap, fresh"]
    return Measured(ours[of], theirs[of], f"verdicts that differ: {differ}" if differ else "")


def sandboxed() -> Measured:
    found = _in_bubblewrap()
    return Measured(found["bubblewrap, fresh"][0], found["process, fresh"][0])


def _in_bubblewrap() -> Mapping[str, tuple[float, float, int]]:
    found = evaluated()
    if "bubblewrap, fresh" not in found:
        raise NotHere("bubblewrap is not installed, or does not work here: autonav doctor says why")
    return found


def absent(why: str) -> Measured:
    raise NotHere(why)


LENS = f"{KEYS} keys; code lenses, asked for at once, against diagnostics"
WAITS = f"{LENS}, for which pylsp waits 500 ms and jedi-ls 1,000 ms of their own"
EDITED = f"the demo's project, {EVALUATIONS} edits, the best of each; other plugins are off; verdicts must be equal"
TARGETS = (
    Target("complexity-cold", "measure Django's source, one core", 1.35, "ratio", "s", "the bare tree-sitter parse", cold),
    Target(
        "complexity-warm", "measure it again, from the cache", 1 / 30, "ratio", "s", "one process, nothing kept", warm
    ),
    Target(
        "complexity-pool", "measure it with a process for each core", 1.5 / (os.cpu_count() or 1), "ratio", "s",
        "one process, nothing kept", pooled, "`scales` is taken as two thirds of each core",
    ),
    Target("key-median", "a key in 10,000 lines, CPU, median", 1.5, "value", "ms", "measuring the file whole", partial(key, 0.5)),
    Target("key-late", "a key in 10,000 lines, CPU, 99 %", 12, "value", "ms", "measuring the file whole", partial(key, 0.99)),
    Target(
        "open", "10,000 lines, open until complexity is shown", 0.1, "ratio", "ms", "the faster of pylsp and jedi-ls",
        partial(opened, PYLSP, JEDI), WAITS,
    ),
    Target(
        "shown", "10,000 lines, key until complexity is shown", 0.1, "ratio", "ms", "the faster of pylsp and jedi-ls",
        partial(shown, PYLSP, JEDI), WAITS,
    ),
    Target("open-ruff", "the same, open, against ruff", 4, "ratio", "ms", RUFF, partial(opened, RUFF), LENS),
    Target("shown-ruff", "the same, key, against ruff", 4, "ratio", "ms", RUFF, partial(shown, RUFF), LENS),
    Target("initialize", "start until initialized", 1, "ratio", "ms", "pylsp", initialized, "the best of 5 each, in turns"),
    Target(
        "memory", f"resident memory after {EDITS:,} edits", 1.05, "ratio", "MB", f"itself after {EDITS // 10:,}", memory,
        f"{EDITS:,} edits in place of 20,000; `flat` is taken as 5 %",
    ),
    Target("fence", "shell write until its diagnostic, 2,000 files, 95 %", 0.5, "value", "s", "one git status", noticed),
    Target(
        "commit-1", "state commit, 50,000 files, 1 changed, median", 15, "value", "us", "git write-tree", partial(commit, 1),
        "in turns with git; the files begin with one content",
    ),
    Target(
        "commit-5", "state commit, 50,000 files, 5 changed, median", 60, "value", "us", "git write-tree", partial(commit, 5),
        "in turns with git; the files begin with one content",
    ),
    Target("bytes", "bytes written for a candidate, 2,000 files", 0.01, "ratio", "bytes", "git worktree add", written),
    Target("switch", "time of a candidate, 2,000 files", 1, "ratio", "ms", "an overlayfs mount", switched),
    Target(
        "evaluation", "all tests of a small pytest project, fast path", 0.01, "ratio", "ms", "a fresh process",
        partial(fast, 0), EDITED,
    ),
    Target(
        "evaluation-one", "the one test that runs the edited line, fast path", 0.01, "ratio", "ms", "a fresh process",
        partial(fast, 1), EDITED,
    ),
    Target(
        "sandbox", "all tests of it, fresh, with every guarantee", 1.1, "ratio", "ms", "a plain process", sandboxed,
        f"{EVALUATIONS} edits, the best of each",
    ),
    Target(
        "quixbugs", "QuixBugs, 500 evaluations, every strategy", None, "value", "of 40", "", partial(
            absent, "it takes an hour and is reported only: docs/guides/searching.md",
        ),
    ),
    Target("hook", "a hook's process, with a server", 2, "ratio", "ms", "python -c pass", partial(
        absent, "there is no hook process yet",
    )),
    Target("hook-alone", "a hook's process, without a server", 3, "ratio", "ms", "python -c pass", partial(
        absent, "there is no hook process yet",
    )),
)  # fmt: skip


def tell(message: Mapping[str, object]) -> None:
    """Print one line of JSON, at once."""
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
