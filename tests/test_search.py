"""Searching: localisation, the space of edits, the order in it, and when a candidate is proved."""

import math

import pytest

from autonav_analysis.search.enumeration import enumeration
from autonav_analysis.search.localisation import ochiai
from autonav_analysis.search.proposals import PER_FAMILY, apply, proposals, still_parses
from autonav_analysis.search.ranking import difference, rank
from autonav_analysis.search.verdicts import verdict
from autonav_protocol.values.candidate import Edit, Proposal
from autonav_protocol.values.evaluation import CommandRun, Evaluation, Outcome

A, B, C = ("x.py", 1), ("x.py", 2), ("x.py", 3)

LOCALISED = {
    "a line that only the failing test runs is certain": ([[A]], [[B]], {A: 1.0}),
    "a line that all run is shared": ([[A, B]], [[B], [B], [B]], {A: 1.0, B: 0.5}),
    "two failing tests": ([[A], [A, C]], [[A]], {A: 2 / math.sqrt(6), C: 1 / math.sqrt(2)}),
    "nothing fails": ([], [[A]], {}),
}


@pytest.mark.parametrize("name", LOCALISED)
def test_localisation(name: str) -> None:
    failing, passing, expected = LOCALISED[name]
    assert ochiai(failing, passing) == pytest.approx(expected)


SOURCE = b"def f(a, b):\n    return a < b\n\n\ndef g(a):\n    return a + 1\n"


def test_only_suspicious_functions_are_rewritten_each_result_once() -> None:
    found = proposals({"x.py": SOURCE}, {("x.py", 2): 1.0})
    assert found
    results = [apply(SOURCE, each.edits[0]) for each in found]
    assert len(set(results)) == len(results)
    assert SOURCE not in results
    assert all(each.line <= 2 for each in found)


def test_a_family_is_capped() -> None:
    many = b"def f(a):\n" + b"".join(b"    a%d = a\n" % number for number in range(120))
    found = proposals({"x.py": many}, {("x.py", 3): 1.0})
    assert max(sum(each.rewrite == name for each in found) for name in {each.rewrite for each in found}) <= PER_FAMILY


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [(b"x = 1", b"x = 2", True), (b"x = 1", b"x = (", False), (b"x = (", b"y = (", True)],
)
def test_what_does_not_parse_is_known(before: bytes, after: bytes, whole: bool) -> None:
    assert still_parses("x.py", before, after) is whole


def proposal(prior: float, path: str = "x.py", start: int = 0, text: str = "", rewrite: str = "r") -> Proposal:
    return Proposal((Edit(path, start, start, text),), rewrite, 1, prior)


def test_enumeration_is_by_prior_and_stable() -> None:
    given = [proposal(1, "b.py"), proposal(2), proposal(1, "a.py", 5), proposal(1, "a.py", 3)]
    first, rest = enumeration(given).ask(2)
    assert [each.prior for each in first] == [2, 1]
    assert enumeration(reversed(given)).ask(4)[0] == (*first, *rest.waiting)
    assert rest.tell([None, None]).tried == 2
    assert enumeration([]).ask(3)[0] == ()


def test_ranking_sums_three_ranks_and_says_why() -> None:
    found = [proposal(1, rewrite="rare"), proposal(1, rewrite="common")]
    ranked = rank(found, {"rare": 1.0, "common": 3.0}, [0.5, 0.9], [10, 1])
    assert [each.position for each in ranked] == [1, 0]
    assert ranked[0].reasons == (
        "changes 1 bytes", "rewrite common has weight 3", "line 1 has suspicion 0.90",
    )  # fmt: skip
    assert difference(b"a < b", b"a <= b") == 1


PASSED, FAILED, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED
ENDED = CommandRun((), 0, 1.0)


def seen(outcomes: dict[str, Outcome], command: CommandRun = ENDED, problem: str = "") -> Evaluation:
    return Evaluation(commands=(command,), outcomes=outcomes, problem=problem)


BASE = {"t": FAILED, "p": PASSED, "f": FAILED, "s": SKIPPED}
VERDICTS = {
    "all as before but the target": (seen(BASE | {"t": PASSED}), ""),
    "another failing test passes too": (seen(BASE | {"t": PASSED, "f": PASSED}), ""),
    "a new test appears": (seen(BASE | {"t": PASSED, "new": FAILED}), ""),
    "the target still fails": (seen(BASE), "t does not pass"),
    "the target is skipped": (seen(BASE | {"t": SKIPPED}), "t does not pass"),
    "a test broke": (seen(BASE | {"t": PASSED, "p": FAILED}), "p passed before and is failed now"),
    "a passing test is skipped": (seen(BASE | {"t": PASSED, "p": SKIPPED}), "p passed before and is skipped now"),
    "a failing test is skipped": (seen(BASE | {"t": PASSED, "f": SKIPPED}), "f is skipped now"),
    "a test is lost": (seen({"t": PASSED, "f": FAILED, "s": SKIPPED}), "1 tests are no longer run, among them p"),
    "it hung": (seen(BASE | {"t": PASSED}, CommandRun((), None, 9.0, True)), "did not end by themselves"),
    "it was killed": (seen(BASE | {"t": PASSED}, CommandRun((), None, 9.0)), "did not end by themselves"),
    "it could not be read": (seen(BASE | {"t": PASSED}, problem="ended early"), "ended early"),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name: str) -> None:
    result, reason = VERDICTS[name]
    said = verdict(seen(BASE), result, "t")
    assert said.passes == (reason == "")
    assert reason in said.reason
