"""What each strategy solves of injected faults and of QuixBugs, in how many evaluations, and how often it is wrong.

AUTONAV_REPOSITORIES names a folder of clones or bare mirrors of the ten projects and of jkoppel/QuixBugs;
AUTONAV_FAULTS the folder that keeps the faults, as JSON, and every outcome, so that a run that was cut goes on;
AUTONAV_PYTHON an interpreter with pytest, pytest-timeout and what the projects' tests need. AUTONAV_HALF is "tuned" or
"held out", both by default; AUTONAV_MOST is how many of each kind are taken of each project, all by default. With
AUTONAV_PLACES nothing is searched: of single faults it is told in what place each order has the exact repair.

An outcome belongs to a text of the sources and is kept, whoever asked for it. What depends on the search and the
rewrites is kept by a hash of them.
"""

import hashlib
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from edit_space import repositories
from fault_differences import differing
from fault_oracle import Judge, Oracle, Start
from fault_set import PROJECTS, QUIXBUGS, Fault, Judged, Run, exported, faults_of, held_out, loaded, quixbugs, saved
from fault_statistics import tables

import autonav_analysis
from autonav_analysis.search import strategies
from autonav_analysis.search.asktell import ask, begin, tell
from autonav_analysis.search.enumeration import in_prior_order
from autonav_analysis.search.expansion import expansion, once
from autonav_analysis.search.proposals import apply, still_parses
from autonav_analysis.search.rewards import Result
from autonav_analysis.search.states import State, initial
from autonav_analysis.search.strategy import Strategy
from autonav_protocol.collect import collect
from autonav_protocol.values.candidate import Proposal

EVALUATIONS = {"single": 300, "double": 600, "quixbugs": 300}
FIRST_ORDER_SHARE = 0.8
SEEDS = {"single": 1, "double": 1, "quixbugs": 1}
"""Of `random`; the other strategies do not depend on one."""


def rows() -> Iterator[str]:
    """Yield a table for each half and for QuixBugs."""
    names = ("AUTONAV_REPOSITORIES", "AUTONAV_FAULTS", "AUTONAV_PYTHON")
    if missing := [name for name in names if not os.environ.get(name)]:
        yield f"skipped: {', '.join(missing)} not set"
        return
    yield from tables(list(measured()), EVALUATIONS)


def measured() -> Iterator[Judged]:
    """Search all faults chosen by the environment, or take what is known of them."""
    kept = Path(os.environ["AUTONAV_FAULTS"])
    with ProcessPoolExecutor(int(os.environ.get("AUTONAV_WORKERS", "2"))) as pool:
        chosen = [each for each in all_faults(kept, pool) if _is_chosen(each)]
        yield from pool.map(judge, chosen)


def all_faults(kept: Path, pool: ProcessPoolExecutor) -> list[Fault]:
    """Return the set, made where there is none yet, in turn over the projects: any prefix is a fair sample."""
    for folder in ("bases", "lists", "outcomes", "starts", f"runs-{label()}"):
        (kept / folder).mkdir(parents=True, exist_ok=True)
    found = list(pool.map(_listed, PROJECTS))
    mixed = [sorted(faults, key=_turn) for faults in found]
    by_turn = [faults[turn] for turn in range(max(map(len, mixed))) for faults in mixed if turn < len(faults)]
    folder = exported(repositories(_repositories()), "QuixBugs", QUIXBUGS, kept / "projects")
    return [*by_turn, *quixbugs(folder, kept / "projects")]


def judge(fault: Fault) -> Judged:
    """Search a fault with every strategy."""
    kept = Path(os.environ["AUTONAV_FAULTS"])
    only_places = bool(os.environ.get("AUTONAV_PLACES"))
    file = kept / f"runs-{label()}" / f"{fault.id}{'.places' if only_places else ''}.pickle"
    if file.exists():
        return pickle.loads(file.read_bytes())
    oracle = _oracle(fault.project)
    original = oracle.source(fault.path)
    start_file = kept / "starts" / f"{fault.id}.pickle"
    if not start_file.exists():
        start_file.write_bytes(pickle.dumps(oracle.start(fault.contents(original), fault.lines())))
    start: Start | None = pickle.loads(start_file.read_bytes())
    if start is None:
        return _written(file, Judged(fault, (), 0, 0, None, (), {}))
    outcomes = _Outcomes(kept / "outcomes" / f"{fault.id}.json", oracle, start)
    expand = once(expansion(start.sources, start.suspicion, {}))
    runs = []
    for strategy in () if only_places else collect(strategies, "STRATEGY", Strategy).values():
        for seed in range(SEEDS[fault.kind] if strategy.name == "random" else 1):
            runs.append(_searched(fault, start, strategy, seed, expand, outcomes))
            outcomes.save()
    first = in_prior_order(expand(initial(start.sources)))
    repairs = [
        (rank, each.rewrite) for rank, each in enumerate(first) if _repairs(each, start.sources, fault.path, original)
    ]
    states = {run.state for run in runs if run.solved is not None}
    solutions = {state: outcomes.solutions[state] for state in states}
    wrong = differing(oracle, fault.path, solutions)
    ranked = repairs[0][0] if repairs else None
    names = tuple(dict.fromkeys(name for _, name in repairs))
    return _written(file, Judged(fault, tuple(runs), len(start.targets), len(first), ranked, names, wrong))


def label() -> str:
    """Return a hash of what decides a search: its code and the rewrites'."""
    folder = Path(autonav_analysis.__file__).parent
    hashed = hashlib.sha256(repr((EVALUATIONS, SEEDS)).encode())
    for file in sorted([*folder.glob("search/**/*.py"), *folder.glob("rewrites/*.py"), *folder.glob("syntax/*.py")]):
        hashed.update(file.read_bytes())
    return hashed.hexdigest()[:12]


class _Outcomes:
    """What became of states of one fault, kept in a file."""

    def __init__(self, file: Path, oracle: Oracle, start: Start) -> None:
        self._file, self._oracle, self._start = file, oracle, start
        known = json.loads(file.read_text()) if file.exists() else {"states": {}, "solutions": {}}
        self._states: dict[str, str] = known["states"]
        self.solutions: dict[str, dict[str, str]] = known["solutions"]
        self._judge: Judge | None = None

    def of(self, state: State) -> Result:
        """Return the outcome of a state, evaluating it if it is not known."""
        said = self._states.get(state.id)
        if said is None:
            said = self._states[state.id] = self._said(state)
        if said == "-":
            return Result((), refused=True)
        passed, broken = said.split()
        return Result(tuple(each == "1" for each in passed), broken == "1")

    def save(self) -> None:
        """Write what is known."""
        known = {"states": self._states, "solutions": self.solutions}
        partial_file = self._file.with_suffix(".part")
        partial_file.write_text(json.dumps(known))
        partial_file.replace(self._file)

    def _said(self, state: State) -> str:
        before = self._start.sources
        changed = {path: source for path, source in state.sources.items() if source != before[path]}
        self._judge = self._judge or Judge(self._oracle, self._start)
        result = self._judge.result(state.sources)
        if result is None and not all(still_parses(path, before[path], source) for path, source in changed.items()):
            return "-"
        result = result or Result((False,) * len(self._start.targets))
        if all(result.passed) and not result.broken:
            self.solutions[state.id] = {path: source.decode() for path, source in changed.items()}
        return "".join("01"[each] for each in result.passed) + " " + "01"[result.broken]


def _searched(
    fault: Fault,
    start: Start,
    strategy: Strategy,
    seed: int,
    expand: Callable[[State], Sequence[Proposal]],
    outcomes: _Outcomes,
) -> Run:
    most = EVALUATIONS[fault.kind]
    first_order = max(1, round(most * FIRST_ORDER_SHARE))
    search = begin(start.sources, expand, len(start.targets), strategy, seed=seed, first_order=first_order)
    while search.evaluated < most and (asks := ask(search, 1)):
        if found := tell(search, [(asks[0].id, outcomes.of(asks[0].state))]):
            return Run(
                strategy.name,
                seed,
                search.evaluated,
                search.evaluated,
                found[0].id,
                found[0].stage,
                len(found[0].edits),
            )
    return Run(strategy.name, seed, None, search.evaluated)


def _repairs(proposal: Proposal, sources: Mapping[str, bytes], path: str, original: bytes) -> bool:
    edit = proposal.edits[0]
    source = sources.get(path, b"")
    length = len(source) - (edit.end_byte - edit.start_byte) + len(edit.text.encode("utf-8", "surrogateescape"))
    return edit.path == path and length == len(original) and apply(source, edit) == original


def _turn(fault: Fault) -> tuple[float, str]:
    """Return the place of a fault among its project's: a single, a double, two singles, a double, and so on."""
    number = _number(fault)
    return (number * 1.0 if fault.kind == "single" else 2 * number + 0.5, fault.id)


def _number(fault: Fault) -> int:
    return int(fault.id.rpartition("-")[2][1:])


def _is_chosen(fault: Fault) -> bool:
    half, most = os.environ.get("AUTONAV_HALF"), int(os.environ.get("AUTONAV_MOST", "1000"))
    mine = fault.kind == "quixbugs" or half is None or (half == "held out") == held_out(fault.project)
    return mine and (fault.kind == "quixbugs" or _number(fault) < most)


_oracles: dict[str, Oracle] = {}


def _oracle(project: str) -> Oracle:
    kept = Path(os.environ["AUTONAV_FAULTS"])
    if project not in _oracles:
        for name in [each for each in _oracles if each not in PROJECTS]:
            _oracles.pop(name).close()
        folder = kept / "projects" / project
        if project in PROJECTS:
            folder = exported(repositories(_repositories()), project, PROJECTS[project], kept / "projects")
        _oracles[project] = Oracle(folder, os.environ["AUTONAV_PYTHON"], kept / "bases" / f"{project}.pickle")
    return _oracles[project]


def _repositories() -> Path:
    return Path(os.environ["AUTONAV_REPOSITORIES"])


def _listed(project: str) -> list[Fault]:
    file = Path(os.environ["AUTONAV_FAULTS"]) / "lists" / f"{project}.json"
    if not file.exists():
        saved(faults_of(_oracle(project)), file)
    return loaded(file)


def _written(file: Path, judged: Judged) -> Judged:
    file.write_bytes(pickle.dumps(judged))
    return judged
