"""Asking and telling: which states each strategy asks about, whole trees, and a search taken up again.

The sources are letters, one to a line, and a proposal replaces one. `python tests/test_search_core.py`
writes the trees in fixtures/search anew.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.search import strategies as registry
from autonav_analysis.search.asktell import Ask, Found, Search, Told, ask, begin, offer, replay, tell
from autonav_analysis.search.costs import Cost, costs
from autonav_analysis.search.enumeration import in_prior_order
from autonav_analysis.search.proposals import proposals
from autonav_analysis.search.rewards import Result, reward, solves
from autonav_analysis.search.shuffling import shuffled
from autonav_analysis.search.snapshot import snapshot
from autonav_analysis.search.states import State, changed, initial
from autonav_analysis.search.strategies import hill
from autonav_analysis.search.strategy import Strategy
from autonav_protocol.collect import collect
from autonav_protocol.values.candidate import Edit, Proposal

FIXTURES = Path(__file__).parent / "fixtures/search"
STRATEGIES = collect(registry, "STRATEGY", Strategy)
SINGLE = ("enumerate", "random")
DEEP = ("hill", "mcts", "staged")
PATH = "x.py"


@dataclass(frozen=True)
class Landscape:
    """Letters, which letter of which line each target test wants, and the lines that must stay as they are."""

    letters: str
    wanted: Sequence[tuple[int, str]]
    kept: frozenset[int] = frozenset()
    refused: frozenset[str] = frozenset()
    alphabet: str = "abcd"
    priors: Mapping[str, float] | None = None

    def sources(self) -> dict[str, bytes]:
        return {PATH: "".join(f"{letter}\n" for letter in self.letters).encode()}

    def expand(self, state: State) -> list[Proposal]:
        return [
            letter(line, other, (self.priors or {}).get(other, 1.0))
            for line, now in enumerate(text(state))
            for other in self.alphabet
            if other != now
        ]

    def evaluate(self, state: State) -> Result:
        now = text(state)
        return Result(
            tuple(now[line] == wanted for line, wanted in self.wanted),
            broken=any(now[line] != self.letters[line] for line in self.kept),
            refused=now in self.refused,
        )

    def begin(self, strategy: str, seed: int = 0, first_order: int = 400) -> Search:
        return begin(
            self.sources(), self.expand, len(self.wanted), STRATEGIES[strategy], seed=seed, first_order=first_order
        )


def letter(line: int, other: str, prior: float = 1.0) -> Proposal:
    rewrite = "vowel" if other in "ae" else "consonant"
    return Proposal((Edit(PATH, 2 * line, 2 * line + 1, other),), rewrite, line + 1, prior)


def text(state: State) -> str:
    return state.sources[PATH].decode().replace("\n", "")


def drive(
    search: Search, evaluate: Callable[[State], Result], budget: int = 10_000, batch: int = 1, order: int = 0
) -> list[Ask]:
    """Run a search until it found something, is spent or cost the budget; results come in shuffled where asked."""
    asks: list[Ask] = []
    while not search.found and search.evaluated < budget and (new := ask(search, batch)):
        asks += new
        results = [(each.id, evaluate(each.state)) for each in new]
        tell(search, shuffled(results, order) if order else results)
    return asks


def exhaust(search: Search, evaluate: Callable[[State], Result], batch: int, order: int) -> list[Ask]:
    """Run a search to its end, `batch` asks out at a time, told one by one in an order by `order`."""
    asks: list[Ask] = []
    while True:
        asks += ask(search, batch - len(search.outstanding))
        waiting = shuffled(list(search.outstanding.values()), order + len(asks))
        if not waiting:
            return asks
        tell(search, [(waiting[0].id, evaluate(waiting[0].state))])


def reachable(landscape: Landscape, deep: bool) -> set[str]:
    """Return every text that a search to its end asks about, worked out without the tree."""
    found: set[str] = set()
    base = initial(landscape.sources())
    waiting, seen = [(base, 0.0)], {base.id}
    while waiting:
        state, value = waiting.pop()
        for proposal in landscape.expand(state):
            child = changed(state, proposal)
            result = landscape.evaluate(child)
            found |= {text(child)} - {landscape.letters}
            if deep and child.id not in seen and reward(result) > value and not solves(result):
                seen.add(child.id)
                waiting.append((child, reward(result)))
    return found


DOUBLE = Landscape("aaaaaa", [(1, "c"), (4, "d")], frozenset({0, 5}))
"""Two faults, each with its own test; lines 1 and 6 must stay."""

SINGLE_FAULT = Landscape("aaaaaaaa", [(5, "d")], priors={"b": 3, "c": 2, "d": 1})

TREES: dict[str, Callable[[], Search]] = {
    **{name: lambda name=name: _tree(name, budget=30, batch=1) for name in STRATEGIES},
    "mcts_out_of_order": lambda: _tree("mcts", budget=24, batch=5, out=3),
    "staged_from_outside": lambda: _tree("staged", budget=14, batch=1, offered=2),
    "staged_refused": lambda: _tree("staged", budget=14, batch=2, refused=frozenset({"aacaaa", "aaabaa"})),
}


def _tree(
    name: str, budget: int, batch: int, out: int = 0, offered: int = 0, refused: frozenset[str] = frozenset()
) -> Search:
    landscape = Landscape(DOUBLE.letters, DOUBLE.wanted, DOUBLE.kept, refused, priors={"b": 1, "c": 2, "d": 1})
    search = landscape.begin(name, seed=7, first_order=9)
    if offered:
        offer(search, search.tree.base.id, "someone", [letter(2, "z", 1), letter(1, "c", 1)][:offered])
    drive(search, landscape.evaluate, budget, batch, order=3)
    ask(search, out)
    return search


@pytest.mark.parametrize("name", TREES)
def test_trees_are_as_recorded(name: str) -> None:
    assert snapshot(TREES[name]()) == json.loads((FIXTURES / f"{name}.json").read_text())


def test_every_tree_on_disk_is_compared() -> None:
    assert {file.stem for file in FIXTURES.iterdir()} == set(TREES)


def test_the_registry_names_its_strategies() -> None:
    assert {name: each.name for name, each in STRATEGIES.items()} == {name: name for name in (*SINGLE, *DEEP)}


def test_a_state_is_its_text_whatever_led_there() -> None:
    base = initial(DOUBLE.sources())
    one, other = letter(1, "b"), letter(3, "c")
    assert changed(changed(base, one), other).id == changed(changed(base, other), one).id
    assert changed(changed(base, one), letter(1, "a")).id == base.id
    assert (
        changed(base, Proposal((*one.edits, *other.edits), "both", 1, 1.0)).id == changed(changed(base, one), other).id
    )
    both = Proposal((Edit(PATH, 0, 1, "bbb"), Edit(PATH, 4, 5, "c")), "both", 1, 1.0)
    assert text(changed(base, both)) == "bbbacaaa"
    assert changed(base, Proposal((Edit("elsewhere.py", 0, 1, "b"),), "r", 1, 1.0)).id == base.id
    assert initial({"a": b"x", "b": b"y"}).id != initial({"a": b"y", "b": b"x"}).id


REWARDS = {
    "nothing passes": (Result((False, False)), 0.0, False),
    "half": (Result((True, False)), 0.5, False),
    "all": (Result((True, True)), 1.0, True),
    "all, and another broke": (Result((True, True), broken=True), 0.0, False),
    "never run": (Result((True, True), refused=True), 0.0, False),
    "no target": (Result(()), 0.0, False),
}


@pytest.mark.parametrize("name", REWARDS)
def test_rewards(name: str) -> None:
    result, expected, solved = REWARDS[name]
    assert (reward(result), solves(result)) == (expected, solved)


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("batch", [1, 4])
def test_two_faults_need_depth(name: str, batch: int) -> None:
    search = DOUBLE.begin(name, first_order=18)
    drive(search, DOUBLE.evaluate, 80, batch)
    (found,) = search.found
    assert (found.strategy, found.stage, len(found.edits)) == (name, "descent", 2)
    assert {(each.line, each.edits[0].text) for each in found.edits} == {(2, "c"), (5, "d")}


@pytest.mark.parametrize("name", SINGLE)
def test_single_edits_cannot_mend_two_faults(name: str) -> None:
    search = DOUBLE.begin(name)
    assert len(drive(search, DOUBLE.evaluate)) == search.evaluated == 18
    assert search.found == []
    assert ask(search, 1) == []


@pytest.mark.parametrize("first_order", [5, 24, 400])
def test_staged_is_enumerate_until_its_first_stage_is_spent(first_order: int) -> None:
    runs = {}
    for name in ("enumerate", "staged"):
        runs[name] = drive(SINGLE_FAULT.begin(name, first_order=first_order), SINGLE_FAULT.evaluate)
    assert [each.id for each in runs["enumerate"]][:first_order] == [each.id for each in runs["staged"]][:first_order]
    assert len(runs["staged"]) == len(runs["enumerate"]) == 22  # nothing improves, so there is nothing else to ask


def test_enumerate_asks_in_prior_order() -> None:
    asks = drive(SINGLE_FAULT.begin("enumerate"), SINGLE_FAULT.evaluate)
    priors = [each.state.edits[0].prior for each in asks]
    assert priors == sorted(priors, reverse=True)
    assert {each.stage for each in asks} == {"first order"}


def test_what_is_out_spreads_the_asks() -> None:
    asks = ask(DOUBLE.begin("mcts"), 6)
    assert sorted(each.state.edits[0].line for each in asks) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("name", "shares"), [("mcts", [4, 4]), ("staged", [5, 3])])
def test_what_is_out_spreads_the_asks_below_children(name: str, shares: list[int]) -> None:
    search = DOUBLE.begin(name, first_order=18)
    tell(search, [(each.id, DOUBLE.evaluate(each.state)) for each in ask(search, 18)])
    below = [each.state.edits[0] for each in ask(search, 8)]
    assert [below.count(each) for each in (letter(1, "c"), letter(4, "d"))] == shares


def test_staged_takes_turns_after_its_first_stage() -> None:
    landscape = Landscape("aaaaaa", [(0, "b"), (5, "z")])
    search = landscape.begin("staged", first_order=6)
    offer(search, search.tree.base.id, "someone", [letter(2, "y"), letter(3, "y")])
    stages = [each.stage for each in drive(search, landscape.evaluate, budget=14)]
    assert stages == ["first order"] * 6 + ["descent", "external", "first order"] * 2 + ["descent", "first order"]


def test_what_comes_from_outside_is_followed_and_named() -> None:
    landscape = Landscape("aaaa", [(0, "z"), (3, "d")])
    search = landscape.begin("staged", first_order=0)
    assert offer(search, "no such state", "someone", [letter(0, "z")]) == 0
    assert offer(search, search.tree.base.id, "someone", [letter(0, "a"), letter(0, "z")]) == 2
    drive(search, landscape.evaluate)
    base = search.tree.nodes[search.tree.base.id]
    assert not any(base.id in group.children for group in base.groups.values()), "a change of nothing leads nowhere"
    (found,) = search.found
    assert [text(changed(search.tree.base, each)) for each in found.edits] == ["zaaa", "aaad"]
    assert search.tree.nodes[found.id].parents[0][0] in {each.id for each in search.tree.nodes.values() if each.edits}
    again = landscape.begin("staged", first_order=0)
    assert replay(again, search.record) == len(search.record)
    assert snapshot(again) == snapshot(search)


def test_an_offer_to_a_spent_state_is_still_followed() -> None:
    landscape = Landscape("aa", [(0, "b"), (1, "y"), (1, "z")], alphabet="ab")
    search = landscape.begin("staged", first_order=0)
    asks = drive(search, landscape.evaluate)
    improved = next(each for each in asks if text(each.state) == "ba")
    assert ask(search, 1) == []
    offer(search, improved.id, "someone", [letter(1, "z")])
    outside = drive(search, landscape.evaluate)
    assert text(outside[0].state) == "bz"
    assert len(outside) > 1, "the search goes on below what was offered"


def test_refused_states_cost_nothing_and_leave_no_value() -> None:
    landscape = Landscape("aaaa", [(3, "d")], refused=frozenset({"abaa", "acaa", "aaba"}))
    search = landscape.begin("mcts")
    drive(search, landscape.evaluate)
    told = [entry for entry in search.record if isinstance(entry, Told)]
    assert search.evaluated == len(told) - sum(entry.result.refused for entry in told) < len(told)
    root = search.tree.nodes[search.tree.base.id]
    assert (root.visits, root.pending) == (search.evaluated, 0)


def test_strange_results_are_passed_over() -> None:
    search = DOUBLE.begin("enumerate")
    (asked,) = ask(search, 1)
    assert tell(search, [("no such ask", Result((True, True)))]) == []
    assert len(tell(search, [(asked.id, Result((True, True))), (asked.id, Result((True, True)))])) == 1
    assert (search.evaluated, len(search.record)) == (1, 1)


def test_hill_waits_for_all_around_before_it_steps() -> None:
    search = DOUBLE.begin("hill")
    around = ask(search, 100)
    assert len(around) == 18
    tell(search, [(each.id, DOUBLE.evaluate(each.state)) for each in around[:-1]])
    assert ask(search, 1) == ask(search, 0) == []
    tell(search, [(around[-1].id, DOUBLE.evaluate(around[-1].state))])
    assert {each.stage for each in ask(search, 3)} == {"descent"}
    assert [entry.ran_dry for entry in search.record] == [True] + [False] * 16 + [True]


def test_costs_of_the_others() -> None:
    search = SINGLE_FAULT.begin("enumerate", first_order=10)
    drive(search, SINGLE_FAULT.evaluate)
    assert costs(search, [STRATEGIES["enumerate"], STRATEGIES["staged"]]) == [
        Cost("enumerate", 22, 21),
        Cost("staged", 22, 21),
    ]
    (chance,) = costs(search, [STRATEGIES["random"]])
    asks = drive(SINGLE_FAULT.begin("random"), SINGLE_FAULT.evaluate)
    known = next(at for at, each in enumerate(asks) if each.id not in search.tree.nodes)
    assert chance == Cost("random", None, known, f"after {known} evaluations it asks for what was never evaluated")


def test_costs_where_nothing_was_found() -> None:
    search = DOUBLE.begin("staged", first_order=18)
    drive(search, DOUBLE.evaluate)
    said = {each.strategy: each for each in costs(search, STRATEGIES.values())}
    assert said["staged"] == Cost("staged", search.evaluated, search.evaluated - 1)
    assert said["enumerate"] == Cost("enumerate", None, 18, "it has nothing left to ask and finds nothing")


def test_costs_ask_for_no_proposals_twice() -> None:
    search = SINGLE_FAULT.begin("random")
    drive(search, SINGLE_FAULT.evaluate)
    search.tree.expand = lambda state: pytest.fail(f"asked for the proposals of {state.id} again")
    assert [each.evaluations for each in costs(search, [STRATEGIES["random"]])] == [search.evaluated]


CODE = b"def low(a, b):\n    return a > b\n\n\ndef total(a, b):\n    return a - b\n"


def _run(state: State) -> Result:
    names: dict[str, Any] = {}
    try:
        exec(state.sources[PATH], names)
        return Result((names["low"](1, 2) is True and names["low"](2, 2) is False, names["total"](2, 3) == 5))
    except SyntaxError:
        return Result((False, False), refused=True)
    except Exception:
        return Result((False, False), broken=True)


@pytest.mark.parametrize("name", DEEP)
def test_two_faults_of_real_source(name: str) -> None:
    suspicion = {(PATH, 2): 1.0, (PATH, 6): 1.0}
    search = begin({PATH: CODE}, lambda state: proposals(state.sources, suspicion), 2, STRATEGIES[name], first_order=50)
    drive(search, _run, 400)
    (found,) = search.found
    assert search.tree.nodes[found.id].stage == found.stage == "descent"
    assert _run(changed(changed(search.tree.base, found.edits[0]), found.edits[1])) == Result((True, True))


def test_shuffling_follows_its_seed() -> None:
    assert sorted(shuffled("abcdef", 1)) == list("abcdef")
    assert shuffled("abcdef", 1) == shuffled("abcdef", 1)
    assert len({shuffled("abcdef", seed) for seed in range(40)}) > 30
    first = [shuffled("abcd", seed)[0] for seed in range(400)]
    assert all(70 < first.count(each) < 130 for each in "abcd")


@st.composite
def landscapes(draw: st.DrawFn) -> Landscape:
    """Two or three lines, up to three target tests (some of them on the same line), lines to keep, refused texts."""
    letters = "a" * draw(st.integers(2, 3))
    line = st.integers(0, len(letters) - 1)
    wanted = draw(st.lists(st.tuples(line, st.sampled_from("abc")), min_size=1, max_size=3))
    wanted = [(at, other) for at, other in wanted if other != "a"] or [(0, "b")]
    texts = st.text("abc", min_size=len(letters), max_size=len(letters))
    return Landscape(
        letters,
        wanted,
        draw(st.frozensets(line, max_size=1)),
        draw(st.frozensets(texts.filter(lambda each: each != letters), max_size=3)),
        "abc",
        draw(st.fixed_dictionaries({"a": st.just(1.0), "b": st.floats(0, 3), "c": st.floats(0, 3)})),
    )


NAMES, SEEDS = st.sampled_from(sorted(STRATEGIES)), st.integers(0, 99)


@given(landscapes(), NAMES, SEEDS, st.integers(1, 7), st.integers(0, 99), st.integers(0, 6), st.integers(1, 6))
def test_any_batch_asks_for_all_there_is_once(
    landscape: Landscape, name: str, seed: int, batch: int, order: int, first_order: int, patience: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hill, "PATIENCE", patience)
        search = landscape.begin(name, seed, first_order)
        asks = exhaust(search, landscape.evaluate, batch, order)
    asked = [text(each.state) for each in asks]
    assert len(asked) == len(set(asked)) == search.asked
    assert set(asked) == reachable(landscape, name in DEEP)
    assert all(node.pending == 0 and node.untold == 0 and not node.awaiting for node in search.tree.nodes.values())


@given(landscapes(), NAMES, SEEDS, st.integers(1, 5), st.integers(0, 99), st.data())
def test_a_search_taken_up_again_is_the_same(
    landscape: Landscape, name: str, seed: int, batch: int, order: int, data: st.DataObject
) -> None:
    whole = landscape.begin(name, seed, 3)
    exhaust(whole, landscape.evaluate, batch, order)
    cut = data.draw(st.integers(0, len(whole.record)))
    resumed = landscape.begin(name, seed, 3)
    assert replay(resumed, whole.record[:cut]) == cut
    exhaust(resumed, landscape.evaluate, batch, order)
    once_more = landscape.begin(name, seed, 3)
    assert replay(once_more, whole.record[:cut]) == cut
    assert replay(once_more, whole.record[cut:]) == len(whole.record) - cut
    assert ask(once_more, 1) == []
    assert snapshot(once_more) == snapshot(whole)
    assert {entry.id for entry in resumed.record} == {entry.id for entry in whole.record}
    if batch == 1:
        assert resumed.record == whole.record
        assert snapshot(resumed) == snapshot(whole)


def test_what_was_drawn_in_vain_is_repeated_when_taken_up_again() -> None:
    landscape = Landscape("aa", [(0, "b"), (0, "c"), (1, "b")], alphabet="abc", priors={"b": 0, "c": 0})
    whole, again = landscape.begin("mcts"), landscape.begin("mcts")
    exhaust(whole, landscape.evaluate, batch=2, order=0)
    replay(again, whole.record)
    assert ask(again, 1) == []
    assert snapshot(again) == snapshot(whole)


def test_hill_returns_to_what_it_left_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hill, "PATIENCE", 2)
    landscape = Landscape("aaaa", [(0, "b"), (1, "b"), (2, "b")], alphabet="abc")
    asks = exhaust(landscape.begin("hill"), landscape.evaluate, batch=1, order=0)
    assert {text(each.state) for each in asks} == reachable(landscape, deep=True)


def test_an_offer_that_a_strategy_does_not_draw_stops_nothing() -> None:
    landscape = Landscape("aaa", [(0, "b")], alphabet="abe", priors={"b": 1, "e": 0})
    search = landscape.begin("mcts")
    offer(search, search.tree.base.id, "someone", [letter(1, "z")])
    asks = exhaust(search, landscape.evaluate, batch=1, order=0)
    assert {text(each.state) for each in asks} == reachable(landscape, deep=True)


@given(landscapes(), NAMES, SEEDS, st.integers(1, 5), st.integers(0, 99))
def test_the_same_conversation_gives_the_same_asks(
    landscape: Landscape, name: str, seed: int, batch: int, order: int
) -> None:
    first, second = (landscape.begin(name, seed, 3) for _ in range(2))
    one, other = (exhaust(each, landscape.evaluate, batch, order) for each in (first, second))
    assert [each.id for each in one] == [each.id for each in other]
    assert json.loads(json.dumps(snapshot(first))) == snapshot(second)


@given(landscapes(), st.integers(1, 6))
def test_asking_for_several_is_asking_one_by_one(landscape: Landscape, count: int) -> None:
    for name in STRATEGIES:
        at_once, one_by_one = landscape.begin(name), landscape.begin(name)
        several = ask(at_once, count)
        assert several == [each for _ in range(count) for each in ask(one_by_one, 1)]
        assert list(at_once.outstanding.values()) == several


def test_a_record_of_something_else_stops_where_it_differs() -> None:
    search = DOUBLE.begin("enumerate")
    drive(search, DOUBLE.evaluate)
    assert replay(DOUBLE.begin("random", seed=3), search.record) < len(search.record)
    assert replay(SINGLE_FAULT.begin("enumerate"), search.record) == 0


@given(landscapes(), SEEDS)
def test_proposals_come_in_any_order(landscape: Landscape, seed: int) -> None:
    given_proposals = landscape.expand(initial(landscape.sources()))
    assert in_prior_order(shuffled(given_proposals, seed)) == in_prior_order(given_proposals)


def test_finds_are_returned_and_kept() -> None:
    search = SINGLE_FAULT.begin("enumerate")
    found: list[Found] = []
    while not found:
        found = tell(search, [(each.id, SINGLE_FAULT.evaluate(each.state)) for each in ask(search, 1)])
    assert found == search.found
    assert found[0].evaluations == 22
    assert ask(search, 1), "the search can go on after a find"


if __name__ == "__main__":
    FIXTURES.mkdir(exist_ok=True)
    for title, make in TREES.items():
        (FIXTURES / f"{title}.json").write_text(json.dumps(snapshot(make()), indent=1) + "\n")
