"""Complexity: fixtures by hand, ruff as the oracle, increments that sum, and measuring again after edits."""

import json
import random
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import lizard
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autonav_analysis.complexity.incremental import Measured, edit, measured, refresh
from autonav_analysis.complexity.measure import measure
from autonav_analysis.complexity.percentiles import percentile, with_percentiles
from autonav_analysis.complexity.profiles import PROFILES
from autonav_analysis.complexity.reference import SHARES, reference_percentile
from autonav_analysis.language import Language
from autonav_analysis.syntax.grammars import Grammar, GrammarUnavailable, language_for, languages, load, parse
from autonav_protocol.values.complexity import FunctionComplexity

FIXTURES = Path(__file__).parent / "fixtures/languages"
EXPECTED = re.compile(r"cognitive (\d+) cyclomatic (\d+) nesting (\d+) parameters (\d+)")
STDLIB = Path(sysconfig.get_path("stdlib"))


def grammar_of(path: str) -> Grammar:
    language = language_for(path)
    assert language is not None
    return load(language)


def fixtures() -> list[Path]:
    return sorted(each for each in FIXTURES.glob("*/*") if language_for(each.name) is not None)


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_fixtures(path: Path) -> None:
    source = path.read_bytes()
    expected = {
        number: tuple(map(int, found.groups()))
        for number, line in enumerate(source.split(b"\n"), 1)
        if (found := EXPECTED.search(line.decode("utf-8", "replace")))
    }
    functions = measure(str(path), source, grammar_of(path.name))
    got = {each.line: (each.cognitive, each.cyclomatic, each.nesting, each.parameters) for each in functions}
    assert got == expected


OTHERWISE = {
    "chained": "lizard counts neither optional chains nor logical assignments; ESLint does",
    "Base.take": "lizard takes the ? of an optional parameter for a conditional",
    "named": "lizard takes the ? of an optional parameter for a conditional, in TSX alone",
    "words": "lizard does not know `and` and `or`",
    "Shapes.Jumping": "lizard does not know C#'s foreach",
    "Shapes.Arms": "lizard does not know C#'s switch expressions",
    "lambda": "lizard gives to nobody what a lambda of Kotlin holds",
    "else_nests": "lizard does not know Ruby's unless",
}
"""Functions of the fixtures for which lizard says another number, and why."""


@pytest.mark.parametrize(
    "path",
    [each for each in fixtures() if each.stem.lower() == "shapes" and each.suffix != ".sh"],
    ids=lambda path: path.name,
)
def test_cyclomatic_equals_lizard(path: Path) -> None:
    functions = measure(str(path), path.read_bytes(), grammar_of(path.name))
    theirs = {each.end_line: each.cyclomatic_complexity for each in lizard.analyze_file(str(path)).function_list}
    compared = 0
    for each in functions:
        inner = sum(each.start_byte < other.start_byte and other.end_byte <= each.end_byte for other in functions)
        # It counts a closure to the function around without a path of its own, and does not find every closure.
        known = {each.own_cyclomatic, each.cyclomatic, each.cyclomatic - inner}
        if each.end_line in theirs and each.name not in OTHERWISE:
            assert theirs[each.end_line] in known, each.name
            compared += 1
    assert compared >= 12


@pytest.mark.parametrize("name", languages())
def test_fixtures_are_there_for_every_language(name: str) -> None:
    assert [each for each in fixtures() if each.parent.name == name], f"write tests/fixtures/languages/{name}/"


def test_cyclomatic_equals_ruff_on_the_standard_library() -> None:
    chosen = sorted(STDLIB.glob("*.py"))[::2]
    argv = [Path(sys.executable).parent / "ruff", "check", "--isolated", "--no-cache", "--select", "C901"]
    argv += ["--config", "lint.mccabe.max-complexity=0", "--output-format", "json", "--exit-zero", *chosen]
    found = json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)
    ruff = {
        (each["filename"], each["location"]["row"]): int(re.findall(r"\((\d+) > 0\)", each["message"])[0])
        for each in found
    }
    ours = {}
    for path in chosen:
        source = path.read_bytes()
        for each in measure(str(path), source, grammar_of(path.name), profile="ruff", increments=False):
            name_line = source.count(b"\n", 0, source.index(b"def", each.start_byte)) + 1
            ours[str(path), name_line] = each.cyclomatic
    assert len(ruff) > 2000
    assert {key: (value, ours.get(key)) for key, value in ruff.items() if ours.get(key) != value} == {}


@pytest.mark.parametrize("profile", PROFILES)
def test_increments_sum_to_the_cognitive_complexity_on_their_own_lines(profile: str) -> None:
    for path in sorted(STDLIB.glob("*.py"))[:40]:
        for each in measure(str(path), path.read_bytes(), grammar_of(path.name), profile=profile):
            assert sum(found.amount for found in each.increments) == each.cognitive
            assert all(each.line <= found.line <= each.end_line for found in each.increments)


SOURCE = (FIXTURES / "python/functions.py").read_bytes() + (FIXTURES / "python/nesting.py").read_bytes()
PIECES = [
    b"", b"if a:\n        ", b"\n", b" and b", b"def f():\n    ", b"class C:\n", b"):", b"'''", b"\xc3", b"\r", b"return",
    b"    ", b"for x in y:\n", b"factorial(", b"\xc3\xa9", b"@d\n",
]  # fmt: skip


def same(one: Measured, grammar: Grammar) -> None:
    """Demand what measuring the same tree whole gives; of broken source a fresh parse may make another tree."""
    whole = measured(one.path, one.source, grammar, one.tree)
    assert one.functions == whole.functions
    assert [(each.start, each.end, each.line) for each in one.placed] == [
        (each.start, each.end, each.line) for each in whole.placed
    ]


BRACES = [
    b"", b"if (a) {", b"}", b"\n", b" && b", b"function f(x) {", b"func f() {", b"fn f() {", b"class C {", b"){", b"*/", b"/*",
    b" else ", b"=> ", b"const f = ", b"\xc3\xa9", b"out: ", b"recurring(", b"case 1:", b"'", b"namespace n {",
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(languages()) - {"python"}))
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(BRACES), st.booleans()), max_size=6))
def test_measuring_again_equals_measuring_whole_in_every_language(
    name: str, edits: list[tuple[float, int, bytes, bool]]
) -> None:
    grammar = load(languages()[name])
    path = next(each for each in fixtures() if each.parent.name == name)
    now = measured(path.name, path.read_bytes(), grammar)
    for place, length, text, look in edits:
        start = int(place * len(now.source))
        now = edit(now, start, min(len(now.source), start + length), text)
        if look:
            now = refreshed(now)
            same(now, grammar)
    same(refreshed(now), grammar)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES), st.booleans()), max_size=8))
@example([(0.0, 0, b"class C:\n", True), (0.0, 9, b"", True)])
def test_measuring_again_after_edits_equals_measuring_whole(edits: list[tuple[float, int, bytes, bool]]) -> None:
    grammar = grammar_of("x.py")
    now = measured("x.py", SOURCE, grammar)
    for place, length, text, look in edits:
        start = int(place * len(now.source))
        now = edit(now, start, min(len(now.source), start + length), text)
        if look:
            now = refreshed(now)
            same(now, grammar)
    same(refreshed(now), grammar)


def test_typing_in_a_large_file_measures_only_what_was_touched() -> None:
    path = STDLIB / "typing.py"
    grammar = grammar_of(path.name)
    now = measured("typing.py", path.read_bytes(), grammar)
    chosen = random.Random(3)
    for _ in range(60):
        at = chosen.randrange(len(now.source))
        now = refreshed(edit(now, at, at + chosen.choice((0, 0, 1, 5)), chosen.choice(PIECES)))
    same(now, grammar)


def test_parsing_stops_at_its_deadline_and_nothing_is_lost() -> None:
    grammar = grammar_of("x.py")
    before = edit(measured("x.py", SOURCE * 200, grammar), 0, 0, b"# ")
    assert refresh(before, lambda: True) is None
    assert before.functions
    same(refreshed(before), grammar)


def refreshed(before: Measured) -> Measured:
    after = refresh(before)
    assert after is not None
    return after


BROKEN = {
    "missing": (lambda: __import__("tree_sitter_nowhere"), "(a) @b", "cannot be imported"),
    "not a grammar": (lambda: 7, "(a) @b", "cannot be loaded"),
    "query of another grammar": (load(languages()["python"]).language.grammar, "(no_such_node) @fn", "does not fit"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_grammar_that_cannot_be_used_is_one_clear_error(name: str) -> None:
    grammar, query, said = BROKEN[name]
    language = Language("toy", (".toy",), ("toy",), grammar, query, "tree-sitter-toy")
    with pytest.raises(GrammarUnavailable, match=said) as caught:
        load(language)
    assert "toy" in str(caught.value)
    assert "tree-sitter-toy" in (caught.value.next_step or "")


def test_parsing_through_a_callable_gives_the_same_tree() -> None:
    grammar = grammar_of("x.py")
    source = (STDLIB / "argparse.py").read_bytes()
    stepwise = parse(grammar, source, None, lambda: False)
    assert stepwise is not None
    assert str(stepwise.root_node) == str(parse(grammar, source).root_node)


def test_percentiles_are_fair_to_ties() -> None:
    assert percentile(5, []) == 0
    assert percentile(1, [1, 1, 1, 1]) == 0.5
    assert percentile(2, [1, 1, 2, 3]) == pytest.approx(0.625)
    assert with_percentiles([]) == ()


def functions_of(path: str, *values: int) -> list[FunctionComplexity]:
    return [FunctionComplexity(path, f"f{number}", 1, 2, value, 1, 1) for number, value in enumerate(values)]


def test_a_small_repository_is_ranked_among_others_and_a_large_one_among_its_own() -> None:
    [young] = with_percentiles(functions_of("a.py", 15))
    assert young.percentile == pytest.approx(reference_percentile(15, "python"), abs=0.002)
    many = with_percentiles(functions_of("a.py", *([0] * 49_000), *([15] * 1_000)))
    assert many[-1].percentile == pytest.approx(0.99, abs=0.001)
    mixed = with_percentiles([*functions_of("a.py", *[0] * 5000), *functions_of("a.go", 7), *functions_of("a.rb", 7)])
    assert 0.9 < (mixed[-2].percentile or 0) < 0.97, "languages are ranked apart"
    lambdas = [FunctionComplexity("a.js", "f.<anonymous>", 1, 1, 0, 1, 0)] * 5000
    assert with_percentiles([*lambdas, *functions_of("a.js", 0)])[-1].percentile == pytest.approx(0.13, abs=0.01)


@pytest.mark.parametrize("language", [*SHARES, "ruby"])
def test_the_reference_only_rises(language: str) -> None:
    ranks = [reference_percentile(value, language) for value in range(300)]
    assert ranks == sorted(ranks)
    assert 0 < ranks[0] < ranks[15] < ranks[-1] <= 1
