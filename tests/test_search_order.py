"""In what order a search tries what it could: edits by line, rewrite and place; and, after those, states that improved."""

from collections import Counter

from autonav_analysis.search import strategies
from autonav_analysis.search.asktell import ask, begin, tell
from autonav_analysis.search.descent import in_order
from autonav_analysis.search.expansion import MOST_BELOW, expansion
from autonav_analysis.search.moved_lines import moved
from autonav_analysis.search.proposals import proposals
from autonav_analysis.search.rewards import Result
from autonav_analysis.search.states import State, changed, initial
from autonav_analysis.search.strategy import Strategy
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


def test_below_edits_only_what_they_changed_is_rewritten_anew() -> None:
    source = b"def f(a, b):\n    return a < b\n\n\ndef g(a, b):\n    return a + b\n"
    suspicion = {("x.py", 2): 1.0, ("x.py", 6): 0.5}
    expand, start = expansion({"x.py": source}, suspicion, {}), initial({"x.py": source})
    first = expand(start)
    guard = next(each for each in first if each.rewrite == "add_guard" and each.line == 2)
    state = changed(start, guard)
    below, longer = expand(state), len(state.sources["x.py"]) - len(source)
    there = {(edit.start_byte, edit.end_byte, edit.text) for each in first for edit in each.edits if each.line == 6}
    now = {(edit.start_byte, edit.end_byte, edit.text) for each in below for edit in each.edits if each.line == 8}
    assert now == {(start + longer, end + longer, text) for start, end, text in there}
    anew = proposals(state.sources, moved(suspicion, start.sources, state.sources))
    assert {2, 3} <= {each.line for each in below if each in anew}


def test_below_edits_the_likeliest_are_kept() -> None:
    source = b"".join(b"def f%d(a, b):\n    return a < b\n\n\n" % number for number in range(40))
    suspicion = {("x.py", 4 * number + 2): 1 / (1 + number) for number in range(40)}
    expand, start = expansion({"x.py": source}, suspicion, {}), initial({"x.py": source})
    first = expand(start)
    assert len(first) > MOST_BELOW
    below = expand(changed(start, first[0]))
    assert len(below) == MOST_BELOW
    assert min(each.prior for each in below) >= sorted((each.prior for each in first), reverse=True)[MOST_BELOW + 200]
