"""What an exploration came to: its candidates in the order to show them, and what explains the search."""

import difflib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

from blake3 import blake3

from autonav_analysis.findings import counted
from autonav_analysis.rewrite import Rewrite
from autonav_analysis.search import strategies
from autonav_analysis.search.asktell import Ask, Search
from autonav_analysis.search.costs import costs
from autonav_analysis.search.proposals import all_rewrites
from autonav_analysis.search.ranking import difference, rank
from autonav_analysis.search.snapshot import snapshot
from autonav_analysis.search.strategy import Strategy
from autonav_protocol.collect import collect
from autonav_protocol.values.candidate import Candidate, StrategyCost
from autonav_protocol.values.evaluation import Evaluation
from autonav_protocol.values.question import Question
from autonav_server.evaluation.messages import Outcome, Request
from autonav_server.evaluation.starting_point import StartingPoint


class Verified(NamedTuple):
    """A state that ran fresh and passed, and after how many evaluations."""

    asked: Ask
    proof: Evaluation
    evaluations: int


class Shown(NamedTuple):
    """Verified candidates in the order to show them, and the files that each changes, by id and path."""

    candidates: tuple[Candidate, ...]
    contents: Mapping[str, Mapping[str, bytes]]
    questions: tuple[Question, ...] = ()


class Spent(NamedTuple):
    """What an exploration used, of how many single edits there were, and how many passed the target test."""

    seconds: float
    cpu_seconds: float
    total: int
    passed_target: int


def candidates_of(request: Request, start: StartingPoint, search: Search, found: Sequence[Verified]) -> Shown:
    """Return the candidates of what was verified, best first, each with the reasons."""
    known = {each.name: each for each in all_rewrites()}
    weights = {each.name: each.weight for each in known.values()}
    cost = tuple(
        StrategyCost(each.strategy, each.evaluations, each.known, each.why)
        for each in (costs(search, collect(strategies, "STRATEGY", Strategy).values()) if found else ())
    )
    touched = [
        [path for path, text in each.asked.state.sources.items() if text != start.sources[path]] for each in found
    ]
    differences = [
        sum(difference(start.sources[path], each.asked.state.sources[path]) for path in paths)
        for each, paths in zip(found, touched, strict=True)
    ]
    suspected = [
        max(start.suspicion.get((proposal.edits[0].path, proposal.line), 0.0) for proposal in each.asked.state.edits)
        for each in found
    ]
    first = [each.asked.state.edits[0] for each in found]
    candidates, contents = [], {}
    for index, reasons in rank(first, weights, suspected, differences):
        verified = found[index]
        new = {path: verified.asked.state.sources[path] for path in touched[index]}
        candidate = _candidate(request, start, verified, new, known, (*reasons, *_how(verified)), cost)
        candidates.append(candidate)
        contents[candidate.id] = new
    return Shown(tuple(candidates), contents)


def outcome_of(
    request: Request, start: StartingPoint, search: Search, shown: Shown, spent: Spent, notes: Sequence[str]
) -> Outcome:
    """Return what an exploration came to; the search's whole tree is written to the run's folder."""
    seconds, cpu, candidates = round(spent.seconds, 3), round(spent.cpu_seconds, 3), shown.candidates
    tried = search.evaluated
    said = (
        f"{tried} of {counted(spent.total, 'single edit')} and what lies below them tried in {seconds:.1f} s "
        f"({cpu:.1f} s of CPU) by {request.strategy}: "
        f"{spent.passed_target} passed {request.test}, {len(candidates)} verified"
    )
    said = "; ".join((said, *notes))
    cost = candidates[0].costs if candidates else ()
    explained = {
        **snapshot(search), "run": request.run, "test": request.test, "tests": list(start.targets), "seconds": seconds,
        "cpu_seconds": cpu, "explanation": said, "costs": [asdict(each) for each in cost],
        "candidates": [{"id": each.id, "title": each.title, "stage": each.stage} for each in candidates],
        "questions": [asdict(each) for each in shown.questions],
        "suspicion": [[path, line, round(score, 4)] for (path, line), score in _most(start.suspicion)],
    }  # fmt: skip
    with open(os.path.join(request.folder, "search.json"), "w", encoding="utf-8") as file:
        json.dump(explained, file)
    contents = {
        name: {path: data.decode("utf-8", "surrogateescape") for path, data in files.items()}
        for name, files in shown.contents.items()
    }
    return Outcome(
        candidates, contents, start.base, tried, spent.total, seconds, said, cpu_seconds=cpu, questions=shown.questions
    )


def unified_diff(path: str, before: bytes, after: bytes) -> str:
    """Return the difference of two texts as git writes it."""
    old, new = (data.decode("utf-8", "surrogateescape").splitlines(keepends=True) for data in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def _candidate(
    request: Request,
    start: StartingPoint,
    verified: Verified,
    new: Mapping[str, bytes],
    known: Mapping[str, Rewrite],
    reasons: tuple[str, ...],
    cost: tuple[StrategyCost, ...],
) -> Candidate:
    edits = verified.asked.state.edits
    path = edits[0].edits[0].path
    said = [request.tree.encode()]
    for name, data in sorted(new.items()):
        said += [name.encode("utf-8", "surrogateescape"), data]
    titles = {each.name: each.title for each in known.values()}
    rewrite = "+".join(each.rewrite for each in edits)
    title = " and ".join(titles.get(each.rewrite, each.rewrite) for each in edits)
    return Candidate(
        id=blake3(b"\0".join(said)).hexdigest(length=8),
        run=request.run,
        title=_title(start.sources[path], new.get(path, start.sources[path]), title),
        path=path,
        line=edits[0].line,
        diff="".join(unified_diff(name, start.sources[name], data) for name, data in sorted(new.items())),
        verified=True,
        strategy=verified.asked.strategy,
        stage=verified.asked.stage,
        test=request.test,
        tests=verified.proof.tests,
        rank_reasons=reasons,
        rewrite=rewrite,
        base=request.tree,
        evaluation=verified.proof,
        costs=cost,
    )


def _how(verified: Verified) -> tuple[str, ...]:
    asked = verified.asked
    return (f"found by {asked.strategy} ({asked.stage}) after {counted(verified.evaluations, 'evaluation')}",)


def _most(suspicion: Mapping[tuple[str, int], float]) -> list[tuple[tuple[str, int], float]]:
    return sorted(suspicion.items(), key=lambda each: (-each[1], each[0]))[:50]


def _title(before: bytes, after: bytes, rewrite: str) -> str:
    """Return the changed line, before and after, or the rewrite's title where more than a line changed."""
    old, new = before.decode("utf-8", "replace").splitlines(), after.decode("utf-8", "replace").splitlines()
    changed = [(one.strip(), other.strip()) for one, other in zip(old, new, strict=False) if one != other]
    if len(old) == len(new) and len(changed) == 1:
        return f"`{changed[0][0][:60]}` → `{changed[0][1][:60]}`"
    added = [line.strip() for line in new if line not in old][:1]
    return f"{rewrite}: `{added[0][:60]}`" if added else rewrite
