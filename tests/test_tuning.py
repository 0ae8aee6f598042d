"""What may be tuned: it is bounded, it decides nothing but the order of a search, and it reaches the search."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from autonav_analysis.search.asktell import begin
from autonav_analysis.search.enumeration import in_prior_order
from autonav_analysis.search.proposals import all_rewrites, proposals
from autonav_protocol.errors import BadRequest
from autonav_protocol.settings import Settings
from autonav_protocol.values.learning import MOST_DEPTH, Tuning
from autonav_server.evaluation.explorer import MESSAGE
from autonav_server.evaluation.journal import Journal
from autonav_server.evaluation.messages import Message
from autonav_server.generation.fields import extra, leaves
from autonav_server.learning.tuning import tunables, tuning_of, with_values
from test_budgets import REQUEST, told
from test_search_core import DOUBLE, STRATEGIES, drive, text

EXPECTED = {
    "explore.workers", "explore.exploration", "explore.first_order", "explore.depth", "explore.weights",
    "route.threshold",
}  # fmt: skip
NEVER = ("protected", "rules", "budget", "sandbox", "licences", "python", "complexity")
FIELDS = dict(leaves(Settings))


def setting(name: str, value: object) -> Settings:
    section, _, field = name.partition(".")
    said = {"change_constant": value} if isinstance(FIELDS[name].default, dict) else value
    return Settings.model_validate({section: {field: said}})


def test_what_may_be_tuned_is_listed_here() -> None:
    assert set(tunables()) == EXPECTED
    assert not [name for name in tunables() if name.startswith(NEVER)]
    assert {name.partition(".")[0] for name in FIELDS} - {"explore", "route"} == set(NEVER)


def test_nothing_is_both_a_guard_and_tunable() -> None:
    guards = {name for name, info in FIELDS.items() if extra(info).get("guard")}
    assert guards == {"protected", "rules", "licences.deny", "sandbox.require"}
    assert not guards & set(tunables())
    for name, info in FIELDS.items():
        assert set(extra(info)) in (set(), {"guard"}, {"tunable"}), name


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_bounds_hold_and_challengers_keep_them(name: str) -> None:
    told = tunables()[name]
    for value in (told["ge"], told["le"], *told["challengers"]):
        setting(name, value)
        assert told["ge"] <= value <= told["le"]
    default = FIELDS[name].default
    assert default not in told["challengers"]
    for value in (told["ge"] - 0.01, told["le"] + 1, float("nan")):
        with pytest.raises(ValidationError):
            setting(name, value)


def test_the_defaults_are_those_of_a_search() -> None:
    assert tuning_of(Settings()) == Tuning()


def test_assignments_reach_the_tuning() -> None:
    said = ("explore.exploration=1.5", "explore.first_order=0.5", "explore.depth=2", "explore.weights.add_guard=2")
    assert tuning_of(with_values(Settings(), said)) == Tuning(1.5, 0.5, 2, {"add_guard": 2.0})
    assert with_values(Settings(), ("route.threshold=0.7",)).route.threshold == 0.7


@pytest.mark.parametrize(
    "said",
    [
        "protected=[]", "rules.AN101=off", "sandbox.backend=process", "licences.deny=[]", "sandbox.require=[]",
        "explore.seconds=5", "explore.test_seconds=1", "budget.files=0", "explore.depth", "explore.depth=",
        "explore.depth=true", "explore.depth=[1]", "explore.depth=0", "explore.depth=NaN", "explore.depth.more=1",
        "explore.weights=1", "explore.weights.add_guard=9", "explore.first_order=1.5", "nothing=1", "",
    ],
)  # fmt: skip
def test_no_assignment_says_anything_else(said: str) -> None:
    with pytest.raises(BadRequest):
        with_values(Settings(), (said,))


def test_a_weight_of_no_rewrite_is_refused() -> None:
    with pytest.raises(BadRequest, match="there is no rewrite swap_comparisons"):
        tuning_of(with_values(Settings(), ("explore.weights.swap_comparisons=2",)))


def tried(strategy: str, tuning: Tuning) -> list[str]:
    search = begin(DOUBLE.sources(), DOUBLE.expand, 2, STRATEGIES[strategy], first_order=18, tuning=tuning)
    return [text(each.state) for each in drive(search, DOUBLE.evaluate)]


@pytest.mark.parametrize("strategy", ["hill", "mcts", "staged"])
def test_depth_ends_the_descent(strategy: str) -> None:
    deep, flat = tried(strategy, Tuning()), tried(strategy, Tuning(depth=1))
    assert "acaada" in deep, "both faults are mended"
    assert all(sum(one != "a" for one in each) == 1 for each in flat)
    assert tried(strategy, Tuning(depth=2)) == deep
    assert MOST_DEPTH >= 20, "of as many target tests an exploration takes each may be mended by an edit of its own"


def test_exploration_changes_where_a_tree_looks() -> None:
    by_constant = [tried("mcts", Tuning(exploration=each)) for each in (0.1, 3.0)]
    assert by_constant[0] != by_constant[1]
    assert tried("mcts", Tuning()) == by_constant[1]
    assert tried("enumerate", Tuning(exploration=0.1)) == tried("enumerate", Tuning())


def test_weights_move_the_proposals_of_a_rewrite_and_lose_none() -> None:
    source = {"x.py": b"def f(a, b):\n    if a < b:\n        return a + 1\n    return b\n"}
    suspicion = {("x.py", 2): 1.0, ("x.py", 3): 0.5}

    def places(weights: Mapping[str, float]) -> Sequence[int]:
        found = in_prior_order(proposals(source, suspicion, weights))
        assert {each.edits for each in found} == {each.edits for each in in_prior_order(proposals(source, suspicion))}
        return [place for place, each in enumerate(found) if each.rewrite == "swap_comparison"]

    rare, usual, often = (places({"swap_comparison": factor}) for factor in (0.25, 1.0, 4.0))
    assert often[0] <= usual[0] < rare[0]
    assert sum(often) < sum(usual) < sum(rare)
    assert places({}) == usual


def test_a_run_resumes_under_its_own_tuning_alone(tmp_path: Path) -> None:
    tuned = replace(REQUEST, tuning=Tuning(depth=2, weights={"add_guard": 2.0}))
    Journal(str(tmp_path), tuned).append(told("a"), 1.0, 0.5, verified=True)
    again = Journal(str(tmp_path), tuned)
    assert (len(again.entries), again.spent, again.verified) == (1, {"a": 0.5}, {"a"})
    assert not Journal(str(tmp_path), REQUEST).entries


def test_a_journal_of_before_there_was_tuning_is_of_the_defaults(tmp_path: Path) -> None:
    Journal(str(tmp_path), REQUEST).append(told("a"), 1.0)
    path = tmp_path / "journal.jsonl"
    head, entry = path.read_text().splitlines()
    path.write_text(head.partition(', "tuning"')[0] + "}\n" + entry + "\n")
    assert len(Journal(str(tmp_path), REQUEST).entries) == 1


def test_a_request_carries_it_to_the_explorer() -> None:
    asked = replace(REQUEST, tuning=Tuning(2.0, 0.5, 3, {"add_guard": 2.0}), project="p")
    line: Any = MESSAGE.dump_json(Message(request=asked))
    assert MESSAGE.validate_json(line).request == asked


def test_every_rewrite_can_be_weighed() -> None:
    names = {each.name for each in all_rewrites()}
    tuned = tuning_of(with_values(Settings(), [f"explore.weights.{name}=0.5" for name in sorted(names)]))
    assert set(tuned.weights) == names
