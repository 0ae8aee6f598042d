"""Routing: scores among past commits, contributions that sum, bounds that decide, and what a run shows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.routing.reference import COMMITS
from autonav_analysis.routing.score import (
    ENOUGH_HISTORY,
    WEIGHTS,
    Prediction,
    Scale,
    Signals,
    at_random,
    predicted,
    route,
)
from autonav_analysis.routing.work import Work
from autonav_server.worktree.past_work import Commit, commits, predict, work_of
from autonav_server.worktree.worktree import open_worktree
from support.repository import Repository, create_repository
from test_cli import _apart, as_json, autonav  # noqa: F401

works = st.builds(Work, *(st.integers(0, 5_000) for _ in WEIGHTS))
histories = st.lists(works, max_size=120)


def sure(work: Work) -> Prediction:
    return Prediction(work, work, work)


@given(works, histories)
def test_contributions_sum_to_the_score(work: Work, history: list[Work]) -> None:
    found = route(sure(work), history, threshold=0.8)
    assert sum(found.contributions.values()) == pytest.approx(found.score, abs=1e-3)
    assert 0 <= found.lower <= found.score <= found.upper <= 1
    assert set(found.contributions) == set(WEIGHTS)


@given(works, histories, st.sampled_from(list(WEIGHTS)), st.integers(1, 5_000))
def test_more_work_never_scores_less(work: Work, history: list[Work], name: str, more: int) -> None:
    scale = Scale(history)
    larger = work._replace(**{name: getattr(work, name) + more})
    assert scale.score(larger) >= scale.score(work)


@given(st.lists(works, min_size=ENOUGH_HISTORY, max_size=200))
def test_a_fifth_of_past_work_is_above_four_fifths(history: list[Work]) -> None:
    scale = Scale(history)
    above = sum(scale.score(each) > 0.8 for each in history) / len(history)
    ties = max(history.count(each) for each in history) / len(history)
    assert above == pytest.approx(0.2, abs=0.5 / ENOUGH_HISTORY + ties + 0.01)


def test_a_young_repository_is_scored_among_others() -> None:
    few, many = [Work(1, 1, 1)] * (ENOUGH_HISTORY - 1), [Work(1, 1, 1)] * ENOUGH_HISTORY
    large = sure(Work(900, 30, 12, 4, 0))
    assert "commits of other projects" in route(large, few, threshold=0.8).explanation
    assert "this repository's last 30 commits" in route(large, many, threshold=0.8).explanation
    assert 0.9 < route(large, few, threshold=0.8).score <= 1
    assert sorted(COMMITS) == list(COMMITS)


SMALL, LARGE = Work(3, 1, 1), Work(3_000, 60, 20, 9, 90)
HISTORY = [Work(number, 1 + number % 7, 1 + number % 3, 0, number % 20) for number in range(100)]
DECIDED = {
    "small": (sure(SMALL), Signals(), "single_loop", "lower bound"),
    "large": (sure(LARGE), Signals(), "search", "lower bound"),
    "perhaps large": (Prediction(SMALL, LARGE, LARGE), Signals(), "single_loop", "lower bound"),
    "three reflections": (sure(SMALL), Signals(reflections=3), "single_loop", "lower bound"),
    "four reflections": (sure(SMALL), Signals(reflections=4), "search", "4 reflections, more than 3"),
    "no progress": (sure(SMALL), Signals(stalled=True), "search", "made no progress"),
    "back and forth": (sure(SMALL), Signals(oscillating=True), "search", "back and forth"),
    "grew a little": (sure(SMALL), Signals(lines=20), "single_loop", "lower bound"),
    "outgrew the prediction": (sure(SMALL), Signals(lines=90), "search", "more than twice the 3"),
}


@pytest.mark.parametrize("name", DECIDED)
def test_what_decides(name: str) -> None:
    prediction, signals, decided, said = DECIDED[name]
    found = route(prediction, HISTORY, threshold=0.8, signals=signals)
    assert found.route == decided
    assert said in found.explanation
    assert "\n" not in found.explanation
    assert "not calibrated on outcomes" in found.explanation


def test_what_the_change_has_come_to_counts() -> None:
    before = route(sure(SMALL), HISTORY, threshold=0.8).score
    assert route(sure(SMALL), HISTORY, threshold=0.8, signals=Signals(lines=80)).score > before


PAST = [Commit({"src/a.py": 10 * number, "docs/a.md": 1}, ()) for number in range(1, 9)] + [
    Commit({"src/b.py": 4, "src/c.py": 6}, ("src/c.py",)) for _ in range(6)
]


def test_a_share_of_tasks_takes_the_other_way() -> None:
    found = route(sure(Work()), [], threshold=0.8)
    routes = [at_random(found, f"task {number}", 0.07) for number in range(1000)]
    assert 45 <= sum(each.at_random for each in routes) <= 95
    other = next(each for each in routes if each.at_random)
    assert other.route == "search"
    assert other.explanation.startswith(
        "search at random, as 7% of tasks are, so that both ways can be compared; by the"
    )
    assert at_random(other, "task 1", 0.0) == other
    busy = route(sure(Work()), [], threshold=0.8, signals=Signals(stalled=True))
    assert not any(at_random(busy, f"task {number}", 0.1).at_random for number in range(200))


def test_named_files_are_all_taken_to_be_touched() -> None:
    found = predict(("src/a.py", "/new.py"), ["src/a.py"], PAST, {"src/a.py": 7})
    assert (found.middle.files, found.middle.new_files, found.middle.hardest) == (2, 1, 7)
    assert found.low.lines < found.middle.lines < found.high.lines


def test_of_wide_globs_past_work_in_scope_says_how_much() -> None:
    inside = [f"src/{number}.py" for number in range(200)]
    found = predict(("src/**",), inside, PAST, {})
    assert found == predicted([work_of(each, {}) for each in PAST[8:]])
    assert found.high.files == 2
    unlike = predict(("lib/**",), [f"lib/{number}.py" for number in range(200)], PAST, {})
    assert (unlike.low.files, unlike.high.files) == (1, 200)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return create_repository(tmp_path / "repository")


def test_commits_are_read_as_they_are(repository: Repository) -> None:
    repository.write("a name with\nnewline", "one\ntwo\n")
    repository.write("binary", b"\0\1")
    repository.commit("first")
    repository.write("a name with\nnewline", "one\n")
    repository.commit("second")
    repository.git("commit", "--allow-empty", "-qm", "nothing")
    repository.git("mv", "binary", "moved")
    repository.commit("third")
    third, second, first, *_ = commits(open_worktree(str(repository.root)))
    assert first == Commit({"a name with\nnewline": 2, "binary": 0}, frozenset({"a name with\nnewline", "binary"}))
    assert second == Commit({"a name with\nnewline": 1}, frozenset())
    assert third == Commit({"binary": 0, "moved": 0}, frozenset({"moved"}))


def test_route_by_command(repository: Repository) -> None:
    repository.write("src/a.py", "def f(a):\n    if a:\n        pass\n")
    repository.commit("code")
    found = as_json(repository.root, "route", "src/**")
    assert (found["route"], found["threshold"]) == ("single_loop", 0.8)
    assert found["lower"] <= found["score"] <= found["upper"]
    assert as_json(repository.root, "route", "src/a.py", "--reflections", "4")["signals"]
    assert "no file of" in autonav(repository.root, "route", "nothing/**", code=2)
    assert "no files to route" in autonav(repository.root, "route", code=2)
