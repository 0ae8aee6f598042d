"""The faults that the benchmark injects: what the operators make of a function, and what the tables say of runs."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import fault_recorder  # pyright: ignore[reportMissingImports]
import fault_set  # pyright: ignore[reportMissingImports]
import fault_statistics  # pyright: ignore[reportMissingImports]
import mutants  # pyright: ignore[reportMissingImports]

SOURCE = '''\
LIMIT = 3


def total(items, start=0):
    """Add up."""
    found = start
    for item in items:
        if item.size < LIMIT and not item.hidden:
            found += item.size + 1
    return max(found, 0)
'''

MADE = [
    ("loop", 7, "items", "()"),
    ("name", 7, "items", "start"),
    ("branch", 8, "if item.size < LIMIT and not item.hidden:\n            found += item.size + 1", "pass\n"),
    ("condition", 8, "item.size < LIMIT and not item.hidden", "False"),
    ("comparison", 8, "<", "<="),
    ("boolean", 8, "and", "or"),
    ("unary", 8, "not item.hidden", "(item.hidden)"),
    ("augmented", 9, "+=", "-="),
    ("arithmetic", 9, "+", "-"),
    ("number", 9, "1", "2"),
    ("statement", 9, "found += item.size + 1", "pass"),
    ("return", 10, "max(found, 0)", "None"),
    ("callee", 10, "max", "min"),
    ("argument", 10, "found, 0", "0"),
    ("order", 10, "found, 0", "0, found"),
]


@pytest.fixture(scope="module")
def made() -> list[mutants.Mutant]:
    return mutants.mutants(SOURCE, range(1, 20))


@pytest.mark.parametrize("expected", MADE, ids=lambda each: each[0])
def test_operators(made: list[mutants.Mutant], expected: tuple[str, int, str, str]) -> None:
    assert expected in [(each.operator, each.line, SOURCE[each.start : each.end], each.text) for each in made]


def test_mutants_are_the_same_every_time_and_stay_in_their_lines(made: list[mutants.Mutant]) -> None:
    assert made == mutants.mutants(SOURCE, range(1, 20))
    assert {each.line for each in mutants.mutants(SOURCE, {9})} == {9}
    assert {each.line for each in made} == {6, 7, 8, 9, 10}, "neither the docstring nor what stands outside"
    for each in made:
        text = mutants.injected(SOURCE, [each])
        assert text != SOURCE
        assert text.count("\n") == SOURCE.count("\n")
        assert mutants.compiles(text), each


def test_two_mutants_together(made: list[mutants.Mutant]) -> None:
    one = next(each for each in made if each.operator == "comparison")
    other = next(each for each in made if each.operator == "return")
    text = mutants.injected(SOURCE, [other, one])
    assert "item.size <= LIMIT" in text
    assert "return None" in text


def test_half_of_the_projects_are_held_out() -> None:
    assert sum(map(fault_set.held_out, fault_set.PROJECTS)) == len(fault_set.PROJECTS) // 2 == 5


def test_a_table_of_runs() -> None:
    fault = fault_set.Fault("x-s0", "toolz", "single", "x.py", (mutants.Mutant("number", 1, 0, 1, "2"),))
    runs = (
        fault_set.Run("random", 0, None, 100),
        fault_set.Run("staged", 0, 50, 50, "abc", "first order", 1),
    )
    judged = fault_set.Judged(fault, runs, 1, 1000, 49, ("change_constant",), {"abc": True})
    lines = list(fault_statistics.table("singles", [judged], 100))
    assert "1 faults" in lines[0]
    random_line, staged_line = (
        next(each for each in lines if each.split()[0] == name) for name in ("random", "staged")
    )
    assert random_line.split()[1:3] == ["0%", "[0,"]
    assert "50 [50, 50]" in staged_line
    assert "0.25x [0.25, 0.25]" in staged_line, "an unsolved fault counts as twice the budget"
    assert "1 of 1" in staged_line


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("returned", [1]), ("returned", [1]), True),
        (("returned", [1]), ("returned", (1,)), False),
        (("returned", 1), ("returned", 1.0), False),
        (("raised", "KeyError"), ("raised", "ValueError"), False),
        (("returned", object()), ("returned", object()), True),
    ],
    ids=["equal", "of another type", "equal of another type", "other errors", "known by an address alone"],
)
def test_outcomes_compared(one: tuple[str, object], other: tuple[str, object], same: bool) -> None:
    assert fault_recorder._same(one, other) is same
