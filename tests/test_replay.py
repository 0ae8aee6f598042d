"""Records of runs and their replay: equal to the run where they answer, silent where nobody knows."""

import json
import os
import stat
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from autonav_analysis.learning import versions
from autonav_analysis.learning.replaying import first_order, recorded, replayed, replayed_with, spent
from autonav_analysis.search.asktell import Search, Told, ask, begin, tell
from autonav_analysis.search.expansion import expansion
from autonav_analysis.search.rewards import Result, solves
from autonav_protocol.operation import Surface
from autonav_protocol.settings import Settings
from autonav_protocol.values.learning import Replayed, RunRecord, Tried, Tuning
from autonav_server.context import Context
from autonav_server.evaluation.searching import Searching
from autonav_server.exploration import explorations
from autonav_server.exploration.proof import APPLIED
from autonav_server.exploration.records import keep_candidates
from autonav_server.learning import records
from autonav_server.ledger import chain
from autonav_server.operations._registry import bound_operations, call
from autonav_server.worktree.worktree import open_worktree
from support.applying import Here
from support.repository import Repository, create_repository, use_no_settings_of_this_machine
from support.shop import FAILING, shop  # noqa: F401
from test_search_core import DOUBLE, SINGLE_FAULT, STRATEGIES, Landscape

REFUSING = replace(DOUBLE, refused=frozenset({"abaaaa", "acabaa"}))
LANDSCAPES = (DOUBLE, SINGLE_FAULT, REFUSING)
TUNINGS = st.builds(
    Tuning,
    exploration=st.sampled_from((0.1, 1.0, 3.0, 30.0)),
    first_order=st.sampled_from((0.1, 0.5, 0.8, 1.0)),
    depth=st.integers(1, 4),
)
RUN = RunRecord(
    "00000000", "project", "tree test", "2026-11-21T00:00:00+00:00", versions.versions(), "staged", 0, 60, 1, Tuning(),
    2, {}, (), (), 1.0, 1.0,
)  # fmt: skip


def explored(
    landscape: Landscape, tuning: Tuning, strategy: str, seed: int = 0, budget: int = 60, rivals: int = 0
) -> RunRecord:
    """Search as one worker does, to the budget or so many evaluations after the first find, and record it."""
    search = begin(
        landscape.sources(), landscape.expand, len(landscape.wanted), STRATEGIES[strategy], seed=seed,
        first_order=first_order(budget, tuning), tuning=tuning,
    )  # fmt: skip
    after = 0
    while search.evaluated < budget and after <= rivals and (asks := ask(search, 1)):
        tell(search, [(asks[0].id, landscape.evaluate(asks[0].state))])
        after += bool(search.found)
    sources = {path: text.decode() for path, text in landscape.sources().items()}
    return replace(
        RUN, strategy=strategy, seed=seed, evaluations=budget, tuning=tuning, targets=len(landscape.wanted),
        sources=sources, tried=tuple(_tried(search)),
    )  # fmt: skip


def _tried(search: Search) -> list[Tried]:
    told = [each for each in search.record if isinstance(each, Told)]
    return [Tried(each.id, _said(each.result), each.result.broken, solves(each.result), 0.5) for each in told]


def _said(result: Result) -> str:
    return "" if result.refused else "".join("01"[each] for each in result.passed)


strategies = pytest.mark.parametrize("strategy", sorted(STRATEGIES))
unhurried = settings(deadline=None)


@strategies
@unhurried
@given(
    landscape=st.sampled_from(LANDSCAPES), tuning=TUNINGS, seed=st.integers(0, 5), budget=st.integers(1, 70),
    rivals=st.integers(0, 9),
)  # fmt: skip
def test_under_its_own_settings_a_run_costs_what_it_cost(
    strategy: str, landscape: Landscape, tuning: Tuning, seed: int, budget: int, rivals: int
) -> None:
    record = explored(landscape, tuning, strategy, seed, budget, rivals)
    again = replayed_with(landscape.expand, record, tuning)
    was = recorded(record)
    assert (again.evaluations, again.cpu_seconds, again.known) == (was.evaluations, was.cpu_seconds, was.known)
    assert not again.why


@strategies
@unhurried
@given(
    landscape=st.sampled_from(LANDSCAPES), one=TUNINGS, other=TUNINGS, other_strategy=st.sampled_from(sorted(STRATEGIES)),
    seed=st.integers(0, 3),
    rivals=st.sampled_from((0, 3, 100)),
)  # fmt: skip
def test_an_answer_under_other_settings_is_what_running_would_have_shown(
    strategy: str, landscape: Landscape, one: Tuning, other: Tuning, other_strategy: str, seed: int, rivals: int
) -> None:
    record = explored(landscape, one, strategy, rivals=rivals)
    answer = replayed_with(landscape.expand, record, other, other_strategy, seed)
    live = recorded(explored(landscape, other, other_strategy, seed))
    if not answer.why:
        assert (answer.evaluations, answer.known) == (live.evaluations, live.known)
        return
    assert answer.why == f"after {answer.known} evaluations it asks for what was never evaluated"
    assert answer.evaluations is None
    assert live.evaluations is None or answer.known < live.evaluations
    assert answer.most is None or answer.known < (live.evaluations or 0) <= answer.most


def test_what_was_never_evaluated_is_not_guessed() -> None:
    record = explored(SINGLE_FAULT, Tuning(), "enumerate")
    cut = replace(record, tried=record.tried[:4])
    assert replayed_with(SINGLE_FAULT.expand, cut, Tuning()) == Replayed(
        cut.run, None, None, 4, "after 4 evaluations it asks for what was never evaluated"
    )
    assert replayed_with(SINGLE_FAULT.expand, replace(cut, evaluations=4), Tuning()).why == "", "that was the budget"


@pytest.mark.parametrize(
    ("strategy", "share", "is_bounded"),
    [
        ("enumerate", 0.8, True), ("random", 0.8, True), ("staged", 0.8, True), ("staged", 0.1, False),
        ("hill", 0.8, False), ("mcts", 0.8, False),
    ],
)  # fmt: skip
def test_a_find_bounds_the_cost_where_results_had_no_say(strategy: str, share: float, is_bounded: bool) -> None:
    record = explored(SINGLE_FAULT, Tuning(first_order=share), strategy)
    answer = replayed_with(SINGLE_FAULT.expand, replace(record, tried=record.tried[1:]), record.tuning)
    assert (answer.evaluations, answer.known) == (None, 0)
    assert answer.most == (recorded(record).evaluations if is_bounded else None)


def test_what_passes_its_test_and_the_suite_is_a_find_though_another_target_fails() -> None:
    record = explored(DOUBLE, Tuning(), "staged", rivals=100)
    [half, *_] = [each for each in record.tried if each.passed == "10"]
    proved = tuple(replace(each, verified=each is half) for each in record.tried)
    assert replayed_with(DOUBLE.expand, replace(record, tried=proved), Tuning()).evaluations is not None


SOURCES = {"x.py": "def f(a, b):\n    if a < b:\n        return a + 1\n    return b\n"}
SUSPICION = (("x.py", 2, 1.0), ("x.py", 3, 0.5))


def rewritten(most: int = 40) -> RunRecord:
    """Return the record of a search by the real rewrites, of which the thirtieth state is verified."""
    sources = {path: text.encode() for path, text in SOURCES.items()}
    suspicion = {(path, line): score for path, line, score in SUSPICION}
    search = begin(sources, expansion(sources, suspicion, {}), 1, STRATEGIES["enumerate"], first_order=32)
    for number in range(most):
        [asked] = ask(search, 1)
        tell(search, [(asked.id, Result((number == 29,)))])
    return replace(
        RUN, strategy="enumerate", evaluations=40, targets=1, sources=SOURCES, suspicion=SUSPICION,
        tried=tuple(_tried(search)),
    )  # fmt: skip


def test_real_proposals_are_made_again_from_the_record() -> None:
    record = rewritten()
    assert replayed(record, Tuning()).evaluations == recorded(record).evaluations == 30
    weighed = [replayed(record, Tuning(weights={each.rewrites[0]: 4.0})) for each in _with_rewrites(record)[29:30]]
    assert weighed[0].evaluations is None or weighed[0].evaluations < 30


def _with_rewrites(record: RunRecord) -> Sequence[Tried]:
    sources = {path: text.encode() for path, text in record.sources.items()}
    suspicion = {(path, line): score for path, line, score in record.suspicion}
    search = begin(sources, expansion(sources, suspicion, {}), 1, STRATEGIES["enumerate"])
    names = {each.id: tuple(edit.rewrite for edit in each.state.edits) for each in ask(search, len(record.tried))}
    return [replace(each, rewrites=names[each.state]) for each in record.tried]


def test_what_does_not_parse_needs_no_record() -> None:
    record = explored(SINGLE_FAULT, Tuning(), "enumerate")
    more = replace(SINGLE_FAULT, alphabet="(" + SINGLE_FAULT.alphabet, priors={**(SINGLE_FAULT.priors or {}), "(": 9})
    assert replayed_with(more.expand, record, Tuning()) == replayed_with(SINGLE_FAULT.expand, record, Tuning())
    unknown = replace(
        SINGLE_FAULT, alphabet="z" + SINGLE_FAULT.alphabet, priors={**(SINGLE_FAULT.priors or {}), "z": 9}
    )
    assert replayed_with(unknown.expand, record, Tuning()).why


def test_a_record_of_another_version_is_not_replayed() -> None:
    old = replace(RUN, versions={**versions.versions(), "rewrites": "older"})
    assert replayed(old, Tuning()) == Replayed(RUN.run, None, None, 0, "made by other rewrites")
    assert replayed(replace(RUN, versions={}), Tuning()).why.startswith("made by other search and rewrites and syntax")


@pytest.mark.parametrize(
    ("result", "cost"),
    [
        (Replayed("r", 7, 1.0, 7), 7),
        (Replayed("r", None, None, 60), 120),
        (Replayed("r", None, None, 3, "after 3 evaluations it asks for what was never evaluated"), None),
    ],
    ids=["found", "spent", "unknown"],
)
def test_what_it_counts_as(result: Replayed, cost: float | None) -> None:
    assert spent(result, 60) == cost


# Records on disk.


@pytest.fixture(name="data")
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)
    return records.folder_of_all()


def test_a_record_comes_back_as_it_was_and_is_private(data: Path) -> None:
    odd = {"x.py": b"# caf\xe9\r\n".decode("utf-8", "surrogateescape")}
    record = replace(RUN, sources=odd, tuning=Tuning(2.0, 0.5, 3, {"add_guard": 2.0}), suspicion=SUSPICION, tried=(
        Tried("a", "10", False, True, 0.5, ("add_guard",)), Tried("b", "", False, False, 0.0),
    ))  # fmt: skip
    path = records.keep(record)
    assert records.records() == records.records("project") == [record]
    assert records.records("another") == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path.parent, data)] == [0o700, 0o700]
    assert os.listdir(path.parent) == ["00000000.json.zst"]
    records.keep(replace(record, evaluations=240))
    assert [each.evaluations for each in records.records()] == [240], "a run that went on has one record"


def test_what_cannot_be_read_is_left_out_and_said(data: Path) -> None:
    good = records.keep(RUN)
    newer = json.dumps({"schema": records.SCHEMA + 1, "record": {}}).encode()
    damaged = {
        "1.json.zst": b"not zstd", "2.json.zst": good.read_bytes()[:-9], "3.json.zst": b"",
        "4.json.zst": zstandard.compress(b"{}"), "5.json.zst": zstandard.compress(newer),
        "6.json.zst": zstandard.compress(b'{"schema": 1, "record": {"run": "x"}}'),
        "7.json.zst": zstandard.compress(b"[]"),
    }  # fmt: skip
    for name, content in damaged.items():
        (good.parent / name).write_bytes(content)
    kept = records.read()
    assert kept.records == (RUN,)
    assert [Path(each.split(": ")[0]).name for each in kept.skipped] == sorted(damaged)
    assert kept.skipped[4].endswith("it has schema 2 and this program knows 1")


def test_the_oldest_make_room(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_RUNS", 3)
    for number in range(5):
        path = records.keep(replace(RUN, run=str(number)))
        os.utime(path, (number, number))
    records.keep(replace(RUN, project="another", run="9"))
    assert [each.run for each in records.records("project")] == ["2", "3", "4"]
    size = path.stat().st_size
    monkeypatch.setattr(records, "MOST_BYTES", 2 * size + size // 2)
    records.collect_garbage()
    assert [(each.project, each.run) for each in records.records()] == [("project", "4"), ("another", "9")]


def test_worktrees_and_clones_share_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)
    made = create_repository(tmp_path / "one")
    made.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    made.git("clone", "-q", str(made.root), str(tmp_path / "clone"))
    other = Repository(tmp_path / "other")
    other.git("init", "-q", "-b", "main")
    (tmp_path / "plain").mkdir()
    names = {}
    for name in ("one", "linked", "clone", "other", "plain"):
        worktree = open_worktree(str(tmp_path / name))
        names[name] = records.project_of(worktree)
        worktree.close()
    assert names["one"] == names["linked"] == names["clone"]
    assert len(set(names.values())) == 3
    made.write("new.txt", "new\n")
    made.commit("more")
    worktree = open_worktree(str(made.root))
    assert records.project_of(worktree) == names["one"]
    worktree.close()


def test_folders_of_old_runs_go_unless_somebody_needs_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)
    monkeypatch.setattr(explorations, "MOST_FOLDERS", 2)
    here = Here(create_repository(tmp_path / "repository"), run="00000001")
    worktree = here.worktree
    for run in ("00000002", "00000003"):
        keep_candidates(worktree, (replace(here.candidate, id=run, run=run),), "2026-01-01T00:00:00Z")
    chain.append(worktree.store, APPLIED, "cli", {"root": worktree.root, "run": "00000002"})
    now = time.time()
    ages = {"00000001": 3, "00000002": 4, "00000003": 40, "00000004": 5, "00000005": 6, "00000006": 0, "00000007": 1}
    for run, days in ages.items():
        folder = explorations.folder(worktree, run)
        os.makedirs(folder)
        Path(folder, "journal.jsonl").write_text("")
        os.utime(folder, (now - days * 86400,) * 2)
    with Searching(explorations.folder(worktree, "00000005")):
        os.utime(explorations.folder(worktree, "00000005"), (now - 6 * 86400,) * 2)
        explorations.collect_garbage(worktree)
    left = sorted(os.listdir(os.path.join(worktree.private, "explorations")))
    assert left == ["00000001", "00000005", "00000006", "00000007"]
    worktree.close()


# The operation.


@pytest.fixture(name="asked")
def asked_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    use_no_settings_of_this_machine(monkeypatch, tmp_path)
    worktree = open_worktree(str(create_repository(tmp_path / "repository").root))
    context = Context(Surface.CLI, lambda: worktree, Settings, lambda _: True)

    async def ask_for(verb: str, **params: Any) -> Any:
        return await call(bound_operations()[verb], context, params)

    yield ask_for
    worktree.close()


async def test_runs_are_compared_and_what_is_unknown_is_counted(asked: Any, tmp_path: Path) -> None:
    worktree = open_worktree(str(tmp_path / "repository"))
    project = records.project_of(worktree)
    worktree.close()
    record = replace(rewritten(), project=project)
    for number, each in enumerate((record, replace(record, tried=record.tried[:30]), replace(record, versions={}))):
        records.keep(replace(each, run=f"0000000{number}", at=f"2026-11-2{number}"))
    records.keep(replace(record, project="another", run="00000009"))
    shown = await asked("replay", set=("explore.first_order=0.5",))
    assert [(each.run, each.recorded, each.own, each.replayed) for each in shown.runs] == [
        ("00000000", 30, 30, 30), ("00000001", 30, 30, 30), ("00000002", 30, None, None),
    ]  # fmt: skip
    assert (shown.ratio, shown.answered, shown.unanswered) == (pytest.approx(1), 2, 1)
    page = bound_operations()["replay"].text(shown)
    assert "1 run could not be answered" in page
    assert "(made by other" in page
    with pytest.raises(Exception, match="no run 00000009 is recorded of this repository"):
        await asked("replay", runs=("00000009",))
    with pytest.raises(Exception, match="sets nothing that is tunable"):
        await asked("replay", set=("protected=1",))
    with pytest.raises(Exception, match="which no record can tell"):
        await asked("replay", set=("explore.workers=1",))


async def test_routes_are_recorded_and_decided_again(asked: Any) -> None:
    small = await asked("route", paths=("f0.txt",))
    stalled = await asked("route", paths=("f0.txt",), stalled=True)
    assert (small.route, stalled.route) == ("single_loop", "search")
    same, other = [(await asked("replay", set=(f"route.threshold={each}",))).routes for each in (0.8, 0)]
    assert (same.recorded, same.otherwise) == (2, 0)
    assert (other.recorded, other.otherwise) == (2, int(small.lower > 0))
    told = [each for each in (await asked("log")).records if each.kind == "route"]
    assert told[0].data.keys() >= {"lower", "upper", "score", "threshold", "signals", "route", "paths"}
    assert asdict(small)["lower"] == told[0].data["lower"]
