"""The seeded set of faults: single and double mutants of projects that their tests notice, and the bugs of QuixBugs."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, zip_longest
from pathlib import Path

from fault_oracle import Oracle, hangs
from mutants import Mutant, compiles, injected, mutants

from autonav_analysis.search.localisation import Line
from autonav_protocol.values.evaluation import Outcome

PROJECTS = {
    "cachetools": "28d4506f2a49d781ffbcecb095fa7aba5bb80aff",
    "funcy": "70fb6e8b0d1d2d5a78f2a66e80a98d691366cc85",
    "inflect": "262a247d2d99a47a520cdb2d46adb90df88b4326",
    "python-markdownify": "13183f9925a1700c737236e0f9b0b34503afa2b7",
    "python-slugify": "7b6d5d96c1995e6dccb39a19a13ba78d7d0a3ee4",
    "python-tabulate": "268615a5c27dc40e5c22454c07b44d5c50410da0",
    "schema": "310a1239b62f500284ce3bd91b7dabf70467f23e",
    "soupsieve": "4caaf89344dc9a9baaedb7f0ab04d45526e61293",
    "toolz": "568c2b8393973cd172a466546c9d95779c452438",
    "voluptuous": "87825d6dbdab8830fcc6d559ecb3b88bdf68af6d",
}
QUIXBUGS = "4257f44b0ff1181dedaedee6a447e133219fcebf"
"""The revisions that the faults are injected into."""

SEED = "faults 1"
SINGLES, DOUBLES = 20, 10
"""Of each project."""

PER_FUNCTION = 3
KILLERS = 45
SECONDS = 4


@dataclass(frozen=True)
class Fault:
    """A fault: `edits` in one file of a project, `kind` single, double or quixbugs; `operators` made them."""

    id: str
    project: str
    kind: str
    path: str
    edits: tuple[Mutant, ...]

    def contents(self, original: bytes) -> dict[str, bytes]:
        """Return the faulty text by path."""
        return {self.path: injected(original.decode(), self.edits).encode()}

    def lines(self) -> list[Line]:
        """Return the lines that a test must run to be the one asked about; none for a bug that nobody injected."""
        return [] if self.kind == "quixbugs" else [(self.path, each.line) for each in self.edits]


@dataclass(frozen=True)
class Run:
    """A search of a fault: after how many evaluations it was solved, None where it was not, in what state and stage."""

    strategy: str
    seed: int
    solved: int | None
    evaluated: int
    state: str = ""
    stage: str = ""
    edits: int = 0


@dataclass(frozen=True)
class Judged:
    """All searches of a fault.

    `repairs` are the rewrites that make the original of it in one edit, `rank` the place of the first of them among
    `pool` proposals; `wrong` says of each solving state whether it differs from the original, None where no input
    could be compared.
    """

    fault: Fault
    runs: tuple[Run, ...]
    targets: int
    pool: int
    rank: int | None
    repairs: tuple[str, ...]
    wrong: Mapping[str, bool | None]


def held_out(project: str) -> bool:
    """Return whether a project is of the five that nothing was tuned on."""
    return project in sorted(PROJECTS, key=_draw)[len(PROJECTS) // 2 :]


def exported(repositories: Iterable[Path], name: str, revision: str, into: Path) -> Path:
    """Write a revision of one of the repositories into a folder, once, and return that."""
    folder = into / name
    if not folder.exists():
        places = {each.parent.name if each.name in (".git", "repo") else each.name: each for each in repositories}
        place = next(place for found, place in places.items() if found.rpartition("+")[2].removesuffix(".git") == name)
        archive = subprocess.run(
            ["git", f"--git-dir={place}", "archive", revision], capture_output=True, check=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        if (folder / "test.py").exists():  # its name says to nobody that it is a test
            (folder / "test.py").rename(folder / "test_all.py")
            settings = folder / "pyproject.toml"
            settings.write_text(settings.read_text().replace('"test.py"', '"test_all.py"'))
    return folder


def faults_of(oracle: Oracle) -> list[Fault]:
    """Return the faults of a project: singles, then doubles."""
    killers = list(_killers(oracle))
    singles = [Fault(f"{oracle.name}-s{number}", oracle.name, "single", path, (mutant,))
               for number, (path, mutant, _) in enumerate(_spread(killers)[:SINGLES])]  # fmt: skip
    doubles: list[Fault] = []
    pairs = sorted(combinations(killers, 2), key=lambda pair: _draw(repr(pair)))
    used: list[Mutant] = []
    for (path, one, first), (other_path, other, second) in pairs:
        both = [test for test in first | second if {(path, one.line), (path, other.line)} <= oracle.base.ran[test]]
        if len(doubles) == DOUBLES or path != other_path or one.line == other.line or not both:
            continue
        if used.count(one) > 1 or used.count(other) > 1 or _overlap(one, other):
            continue
        fault = Fault(f"{oracle.name}-d{len(doubles)}", oracle.name, "double", path, (one, other))
        failing = _failing(oracle, fault)
        if not failing.isdisjoint(both) and oracle.start(fault.contents(oracle.source(path)), fault.lines()):
            used += [one, other]
            doubles.append(fault)
    return singles + doubles


def quixbugs(folder: Path, into: Path) -> Iterator[Fault]:
    """Write each program of QuixBugs as a project of its own, correct, and yield its bug."""
    for test in sorted((folder / "python_testcases").glob("test_*.py")):
        name = test.stem.removeprefix("test_")
        project = into / f"quixbugs-{name}"
        path = f"python_programs/{name}.py"
        wanted = {path: folder / "correct_python_programs" / f"{name}.py"}
        for each in ("conftest.py", f"json_testcases/{name}.json", f"python_testcases/{test.name}",
                     "python_testcases/load_testdata.py", "python_testcases/node.py"):  # fmt: skip
            wanted[each] = folder / each
        for relative, source in wanted.items():
            target = project / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        before, after = wanted[path].read_bytes(), (folder / path).read_bytes()
        edit = Mutant("quixbugs", 1, 0, len(before), after.decode())
        yield Fault(project.name, project.name, "quixbugs", path, (edit,))


def saved(faults: Sequence[Fault], file: Path) -> None:
    """Write a list of faults as JSON."""
    file.write_text(json.dumps([asdict(each) for each in faults], indent=1), encoding="utf-8")


def loaded(file: Path) -> list[Fault]:
    """Read a list of faults."""
    read = json.loads(file.read_text(encoding="utf-8"))
    return [Fault(**{**each, "edits": tuple(Mutant(**edit) for edit in each["edits"])}) for each in read]


Killer = tuple[str, Mutant, frozenset[str]]


def _killers(oracle: Oracle) -> Iterator[Killer]:
    """Yield mutants that tests notice and that do not hang, in turn over the operators, few of one function."""
    lines: dict[str, set[int]] = {}
    for ran in oracle.base.ran.values():
        for path, line in ran:
            lines.setdefault(path, set()).add(line)
    kinds: dict[str, list[tuple[str, Mutant]]] = {}
    for path, ran in sorted(lines.items()):
        for each in mutants(oracle.source(path).decode(), ran):
            kinds.setdefault(each.operator, []).append((path, each))
    for each in kinds.values():
        each.sort(key=lambda pair: _draw(f"{oracle.name} {pair!r}"))
    taken: list[tuple[str, int]] = []
    for path, mutant in (
        each for turn in zip_longest(*(kinds[name] for name in sorted(kinds))) for each in turn if each
    ):
        near = [line for other, line in taken if other == path and abs(line - mutant.line) < PER_FUNCTION * 3]
        if len(taken) == KILLERS or (path, mutant.line) in taken or len(near) >= PER_FUNCTION:
            continue
        failing = _failing(oracle, Fault("", oracle.name, "single", path, (mutant,)))
        if failing:
            taken.append((path, mutant.line))
            yield path, mutant, failing


def _failing(oracle: Oracle, fault: Fault) -> frozenset[str]:
    """Return the tests that a fault fails; none where it hangs one, or the fast way refuses it."""
    original = oracle.source(fault.path)
    contents = fault.contents(original)
    if not compiles(contents[fault.path].decode()):
        return frozenset()
    lines = {(fault.path, each.line) for each in fault.edits}
    ids = [test for test, ran in oracle.base.ran.items() if ran & lines]
    seen = oracle.fast(contents, ids, SECONDS)
    if seen is None or hangs(seen):
        return frozenset()
    return frozenset(test for test, each in seen.outcomes.items() if each in (Outcome.FAILED, Outcome.ERROR))


def _spread(killers: Sequence[Killer]) -> list[Killer]:
    return sorted(killers, key=lambda each: _draw(repr(each[:2])))


def _overlap(one: Mutant, other: Mutant) -> bool:
    return one.start < other.end and other.start < one.end


def _draw(text: str) -> bytes:
    return hashlib.sha256(f"{SEED} {text}".encode()).digest()
