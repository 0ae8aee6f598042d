"""In what order a search tries what it could: edits by line, rewrite and place; and, after those, states that improved."""

from collections import Counter

from autonav_analysis.search import strategies
from autonav_analysis.search.asktell import ask, begin, tell
from autonav_analysis.search.descent import in_order
from autonav_analysis.search.localisation import likeliest
from autonav_analysis.search.proposals import proposals
from autonav_analysis.search.rewards import Result
from autonav_analysis.search.states import State
from autonav_analysis.search.strategy import Strategy
from autonav_analysis.search.tree import MOST_BELOW
from autonav_protocol.collect import collect
from autonav_protocol.values.candidate import Edit, Proposal

STAGED = collect(strategies, "STRATEGY", Strategy)["staged"]
SOURCE = b"def f(a, b, c):\n    d = a < b\n    e = b < c\n    return d, e\n"


def test_a_line_twice_as_suspected_comes_long_before() -> None:
    found = proposals({"x.py": SOURCE}, {("x.py", 2): 1.0, ("x.py", 3): 0.5})
    first = sorted(found, key=lambda each: -each.prior)[:20]
    assert Counter(each.line for each in first)[2] > 15
    for line in (2, 3):
        tried = sorted((each for each in found if each.line == line), key=lambda each: -each.prior)
        rewrites = [each.rewrite for each in tried[:5]]
        assert len(set(rewrites)) > 3, "each rewrite shows its best edit before one shows all"


def test_the_first_edits_of_a_rewrite_come_before_its_others_on_every_line() -> None:
    found = proposals({"x.py": SOURCE}, {("x.py", 2): 1.0, ("x.py", 3): 1.0})
    swapped = sorted((each for each in found if each.rewrite == "swap_comparison"), key=lambda each: -each.prior)
    assert {each.line for each in swapped[:2]} == {2, 3}


def test_the_most_suspected_lines() -> None:
    suspicion = {("x.py", line): 1 / line for line in range(1, 10)}
    assert list(likeliest(suspicion, 2)) == [("x.py", 1), ("x.py", 2)]


def test_states_that_mend_the_same_are_of_one_kind() -> None:
    wanted = {
        "a": (True, False, False),
        "b": (True, False, False),
        "c": (False, True, True),
        "d": (False, False, False),
    }

    def expand(state: State) -> list[Proposal]:
        del state
        return [Proposal((Edit("x", 0, 0, text),), "r", 1, 1.0) for text in sorted(wanted)]

    search = begin({"x": b""}, expand, 3, STAGED, first_order=4)
    asks = ask(search, 4)
    tell(search, [(each.id, Result(wanted[each.state.edits[0].edits[0].text])) for each in asks])
    assert [node.edits[0].edits[0].text for node in in_order(search.tree)] == ["c", "a", "b"]
    below = [each.state.edits[0].edits[0].text for each in ask(search, 7)]
    assert Counter(below) == {"c": 4, "a": 2, "b": 1}, "half of all draws, a quarter, and so on"


def test_few_proposals_are_kept_of_what_edits_led_to() -> None:
    def expand(state: State) -> list[Proposal]:
        length = len(state.sources["x"])
        return [Proposal((Edit("x", length, length, f"{number},"),), "r", 1, 1.0) for number in range(MOST_BELOW + 5)]

    search = begin({"x": b""}, expand, 2, STAGED, first_order=1)
    (first,) = ask(search, 1)
    tell(search, [(first.id, Result((True, False)))])
    (below,) = ask(search, 1)
    assert below.stage == "descent"
    assert len(search.tree.nodes[first.id].proposals) == MOST_BELOW
    assert len(search.tree.nodes[search.tree.base.id].proposals) == MOST_BELOW + 5
