"""The share of real small fixes that the edit space holds, by rewrite, mined from the histories of repositories.

AUTONAV_REPOSITORIES names a folder of clones or bare mirrors. A fix changes one Python file that is no test, by at
most six lines each way, and a test file with it. Half of the fixes, chosen by hash, is held out: it is counted and
never printed, and nothing may be tuned on it.
"""

import ast
import copy
import hashlib
import math
import os
import re
import subprocess
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from autonav_analysis.search.proposals import apply, proposals
from autonav_protocol.values.candidate import Proposal

MOST_LINES, MOST_FILES, LONG = 6, 14, 60
FIRST, MOST_PAIRS = 400, 60
IS_TEST = re.compile(r"(^|/)(tests?|testing)(/|_|\.py)|(^|/)test_|_test\.py$|conftest")
IS_OTHER = re.compile(
    r"(^|/)(setup|conf|noxfile|tasks|release|_?version|__about__|__version__)\.py$"
    r"|^docs?/|^examples?/|^benchmarks?/|^scripts?/|^tools?/|^bin/"
)
IS_FIX = re.compile(
    r"\b(fix\w*|bug\w*|issues?|close[sd]?|resolve[sd]?|regress\w*|crash\w*|broken|incorrect\w*|wrong\w*|correct\w*)\b",
    re.IGNORECASE,
)
TOKEN = re.compile(r"\w+|[^\s\w(),\"'\\]")
PREFIX = re.compile(r"\b[rbfuRBFU]{1,2}(?=[\"'])")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Fix:
    """A commit that changed one source file a little. `place` is a function, the module, or neither."""

    repository: str
    commit: str
    subject: str
    path: str
    before: str
    after: str
    place: str
    lines: tuple[int, int]

    @property
    def held_out(self) -> bool:
        """Return whether the fix is of the half that nobody reads."""
        return hashlib.sha256(f"{self.repository} {self.commit}".encode()).digest()[0] % 2 == 1


@dataclass(frozen=True)
class Held:
    """What the edit space makes of a fix: the rewrites that reach it, how early, and how many candidates there are.

    `pair` are the rewrites of two edits that make it together, looked for where no single one does.
    """

    fix: Fix
    rewrites: tuple[str, ...]
    rank: int
    candidates: int
    pair: tuple[str, ...] = ()


def rows() -> Iterator[str]:
    """Yield the share held of each half, by place and by rewrite, and the number of candidates."""
    folder = os.environ.get("AUTONAV_REPOSITORIES", "")
    if not folder:
        yield "skipped: AUTONAV_REPOSITORIES names no folder of clones"
        return
    with ProcessPoolExecutor() as pool:
        mined = [fix for each in pool.map(fixes, repositories(Path(folder))) for fix in each]
        held = list(pool.map(reached, mined, chunksize=4))
    for name, half in (("A", [each for each in held if not each.fix.held_out]),
                       ("B, held out", [each for each in held if each.fix.held_out])):  # fmt: skip
        yield from _summary(name, half)


def repositories(folder: Path) -> list[Path]:
    """Return the git folders of the clones and mirrors in a folder."""
    places = (place for each in sorted(folder.iterdir()) for place in (each, each / ".git", each / "repo"))
    return [place for place in places if (place / "HEAD").is_file()]


def fixes(repository: Path) -> list[Fix]:
    """Return the small fixes in the history of a repository."""
    log = git(repository, "log", "--no-merges", "--since=2013-01-01", "--numstat", "--format=%x00%H|%P|%s", "HEAD")
    found = []
    for block in log.split("\0")[1:]:
        head, *stats = block.strip().splitlines()
        commit, parents, subject = head.split("|", 2)
        path = the_one_source(stats, MOST_LINES)
        if len(parents.split()) != 1 or path is None or not IS_FIX.search(subject):
            continue
        before, after = (git(repository, "show", f"{each}:{path}") for each in (parents, commit))
        if (where := _place(before, after)) is not None:
            name = repository.parent.name if repository.name in (".git", "repo") else repository.name
            found.append(Fix(name, commit, subject, path, before, after, *where))
    return found


def reached(fix: Fix) -> Held:
    """Return which candidates, given the function that was changed, are the fix. Equal is equal syntax."""
    source = fix.before.encode()
    lines = range(fix.lines[0], fix.lines[1] + 1)
    proposed = sorted(
        (each for each in proposals({"x.py": source}, {("x.py", line): 1.0 for line in lines})
         if fix.place == "module" or each.line in lines),
        key=lambda each: -each.prior,
    )  # fmt: skip
    goal, difference = _syntax(fix.after), _difference(_unparsed(fix.before), _unparsed(fix.after))
    changes = [frozenset(_changes(source, each).items()) for each in proposed]
    wanted = frozenset(difference.items())
    hits = [
        (rank, each.rewrite)
        for rank, (each, change) in enumerate(zip(proposed, changes, strict=True))
        if change == wanted and _syntax(apply(source, each.edits[0]).decode("utf-8", "replace")) == goal
    ]
    pair = () if hits else _pair(source, proposed, changes, difference, goal)
    names = tuple(dict.fromkeys(name for _, name in hits))
    return Held(fix, names, hits[0][0] if hits else -1, len(proposed), pair)


def _pair(
    source: bytes,
    proposed: Sequence[Proposal],
    changes: Sequence[frozenset[tuple[str, int]]],
    difference: Counter[str],
    goal: str,
) -> tuple[str, ...]:
    """Return the rewrites of the first two proposals that make the fix together, of at most so many that could."""
    having = defaultdict[frozenset[tuple[str, int]], list[Proposal]](list)
    for each, change in zip(proposed, changes, strict=True):
        having[change].append(each)
    tries = 0
    for each, change in zip(proposed, changes, strict=True):
        rest = difference.copy()
        rest.subtract(dict(change))
        for other in having.get(frozenset((token, count) for token, count in rest.items() if count), ()):
            first, second = sorted((each.edits[0], other.edits[0]), key=lambda edit: edit.start_byte)
            if first.end_byte > second.start_byte or tries >= MOST_PAIRS:
                continue
            tries += 1
            if _syntax(apply(apply(source, second), first).decode("utf-8", "replace")) == goal:
                return each.rewrite, other.rewrite
    return ()


def _summary(name: str, half: list[Held]) -> Iterator[str]:
    if not half:
        return
    yield f"half {name}: {_share(half)} of all small fixes, {sum(bool(each.pair) for each in half)} more by two edits"
    for place in ("function", "long function", "module", "several"):
        there = [each for each in half if each.fix.place == place]
        yield f"  {place}: {_share(there)}, {sum(bool(each.pair) for each in there)} more by two edits"
    hits = [each for each in half if each.rewrites]
    early = sum(each.rank < FIRST for each in hits)
    yield f"  of {len(hits)} hits {early} are among the first {FIRST} of their function; median rank {median([0, *(each.rank for each in hits)]):.0f}"
    counted = Counter(rewrite for each in hits for rewrite in each.rewrites)
    yield "  by rewrite: " + ", ".join(f"{rewrite} {count}" for rewrite, count in counted.most_common())
    sizes = sorted(each.candidates for each in half if "function" in each.fix.place) or [0]
    yield f"  candidates per function: median {median(sizes):,.0f}, p90 {sizes[len(sizes) * 9 // 10]:,}, most {sizes[-1]:,}"


def _share(held: list[Held]) -> str:
    count = sum(bool(each.rewrites) for each in held)
    return f"{count} of {len(held)} ({count / max(1, len(held)):.0%})"


def the_one_source(stats: Iterable[str], most: float = math.inf) -> str | None:
    """Return the one source file that a commit's `--numstat` changed with a test, by at most so many lines each way."""
    changed = [each.split("\t") for each in stats if each.count("\t") == 2]
    python = [each for each in changed if each[2].endswith(".py")]
    sources = [each for each in python if not IS_TEST.search(each[2]) and not IS_OTHER.search(each[2])]
    tested = any(IS_TEST.search(each[2]) for each in python)
    if len(sources) != 1 or not tested or len(changed) > MOST_FILES or any("=>" in each[2] for each in changed):
        return None
    added, deleted, path = sources[0]
    return path if max(int(added), int(deleted)) <= most else None


def _place(before: str, after: str) -> tuple[str, tuple[int, int]] | None:
    """Return where two sources differ, and the lines of it before; None where they are equal or do not parse."""
    try:
        old, new = stripped(before), stripped(after)
    except (SyntaxError, ValueError, RecursionError):
        return None
    mine, theirs = dict(_functions(old)), dict(_functions(new))
    changed = [name for name in mine.keys() & theirs.keys() if ast.dump(mine[name]) != ast.dump(theirs[name])]
    outside = ast.dump(_without_bodies(old)) != ast.dump(_without_bodies(new))
    if not changed and not outside:
        return None
    if len(changed) > 1 or (changed and outside):
        first = mine[min(changed)]
        return "several", (first.lineno, first.end_lineno or first.lineno)
    if not changed:
        return "module", (0, 0)
    (name,) = changed
    first, last = mine[name].lineno, mine[name].end_lineno or 0
    return "function" if last - first < LONG else "long function", (first, last)


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    seen = Counter[str]()
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, FUNCTIONS):
            seen[child.name] += 1
            yield f"{prefix}{child.name}#{seen[child.name]}", child
        elif not isinstance(child, ast.expr):
            yield from _functions(child, f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix + "?")


def _without_bodies(tree: ast.Module) -> ast.Module:
    bare = copy.deepcopy(tree)
    for _, function in _functions(bare):
        function.body = []
    return bare


def stripped(source: str) -> ast.Module:
    """Return a source's syntax without docstrings and annotations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Module))
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, FUNCTIONS):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _syntax(source: str) -> str:
    try:
        return ast.dump(stripped(source))
    except (SyntaxError, ValueError, RecursionError):
        return ""


def _unparsed(source: str) -> str:
    return ast.unparse(stripped(source))


def _difference(before: str, after: str) -> Counter[str]:
    """Return how often each token is more or less than before: what equal syntax has in common, and cheap to ask."""
    counts = Counter(TOKEN.findall(PREFIX.sub("", after)))
    counts.subtract(TOKEN.findall(PREFIX.sub("", before)))
    return Counter({token: count for token, count in counts.items() if count})


def _changes(source: bytes, proposal: Proposal) -> Counter[str]:
    edit = proposal.edits[0]
    before = source[edit.start_byte : edit.end_byte].decode("utf-8", "replace")
    return _difference(*(re.sub(r"#[^\n]*", "", each) for each in (before, edit.text)))


def git(repository: Path, *arguments: str) -> str:
    argv = ["git", "--git-dir", repository, *arguments]
    return subprocess.run(argv, capture_output=True, check=False).stdout.decode("utf-8", "replace")
