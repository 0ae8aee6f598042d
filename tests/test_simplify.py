"""Simplifying: each simplification's example, what it refuses, and that what it makes does the same."""

import ast
import random
import sys
from pathlib import Path

import pytest

from autonav_analysis import simplifications
from autonav_analysis.complexity.measure import measure
from autonav_analysis.simplification import CONSTRUCTED, Simplification
from autonav_analysis.simplify import Candidate, ask, begin, outcome, simplified, steps, tell
from autonav_analysis.syntax.grammars import languages, load
from autonav_protocol.collect import collect
from support.programs import INPUTS, called, program

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
SIMPLIFICATIONS = collect(simplifications, "SIMPLIFICATION", Simplification)


def made_by(name: str, source: str, function: str | int = "f") -> list[str]:
    """Return what one simplification makes of a function."""
    return [each.source.decode() for each in steps(source.encode(), function) if each.steps[0].simplification == name]


def total(source: str, names: tuple[str, ...]) -> int:
    found = measure("x.py", source.encode(), load(languages()["python"]), increments=False)
    return sum(each.cognitive for each in found if each.name in names)


@pytest.mark.parametrize("name", SIMPLIFICATIONS)
def test_the_example_is_made(name: str) -> None:
    each = SIMPLIFICATIONS[name]
    assert each.after in made_by(name, each.before)
    assert each.name == name
    ast.parse(each.before)
    ast.parse(each.after)
    helpers = tuple(step.helper for found in steps(each.before.encode(), "f") for step in found.steps if step.helper)
    assert total(each.after, ("f", *helpers[:1])) <= total(each.before, ("f",))


@pytest.mark.parametrize("name", SIMPLIFICATIONS)
def test_the_rest_of_the_file_stays(name: str) -> None:
    each = SIMPLIFICATIONS[name]
    before, after = (
        "import re\n\nX = 1\n\n\n",
        "\n\n# The end.\ndef last():\n    if X:\n        return True\n    return False\n",
    )
    assert before + each.after + after in made_by(name, before + each.before + after)
    inside = before + "class A:\n    y = 2\n\n" + indented(each.before) + after
    for made in made_by(name, inside, "A.f"):
        ast.parse(made)
        assert made.startswith(before)
        assert made.endswith(after)


@pytest.mark.parametrize("name", SIMPLIFICATIONS)
def test_without_a_line_break_at_the_end(name: str) -> None:
    each = SIMPLIFICATIONS[name]
    assert each.after.strip() in [made.strip() for made in made_by(name, each.before.rstrip("\n"))]


def indented(source: str) -> str:
    return "".join("    " + line if line.strip() else line for line in source.splitlines(keepends=True))


REFUSED = {
    "merge_nested_ifs": [
        "def f(a, b):\n    if a:\n        if b:\n            print()\n        else:\n            f()\n",
        "def f(a, b):\n    if a:\n        if b:\n            print()\n    else:\n        f()\n",
        "def f(a, b):\n    if a:\n        # why\n        if b:\n            print()\n",
        "def f(a, b):\n    if a:\n        if b:\n            print()\n        f()\n",
        "def f(a, b, c):\n    if c:\n        f()\n    elif a:\n        if b:\n            print()\n    else:\n        f()\n",
    ],
    "drop_else": [
        "def f(a):\n    if a:\n        print()\n    else:\n        return 1\n",
        "def f(a):\n    if a:\n        return 1\n    else:  # why\n        print()\n",
        "def f(a):\n    for b in a:\n        return 1\n    else:\n        print()\n",
    ],
    "invert_to_guard": [
        "def f(a):\n    if a:\n        a.x()\n        # so\n    # or\n    else:\n        return 1\n    return a\n",
        "def f(a):\n    if a:\n        a.x()\n    else:\n        a.y()\n    return a\n",
    ],
    "guard_last_if": [
        "def f(a):\n    if a:\n        for b in a:\n            print(b)\n    print(a)\n",
        "def f(a):\n    for b in a:\n        if b:\n            for c in b:\n                print()\n        print()\n",
        "def f(a):\n    with a:\n        if a:\n            for c in a:\n                print()\n",
        "def f(a):\n    for b in a:\n        print()\n    else:\n        if a:\n            for c in a:\n                print()\n",
    ],
    "leave_early": [
        "def f(a):\n    try:\n        if a:\n            f()\n        else:\n            for b in a:\n                f()\n    finally:\n        f()\n",
    ],
    "use_elif": [
        "def f(a, b):\n    if a:\n        print()\n    else:\n        # why\n        if b:\n            f()\n",
        "def f(a, b):\n    if a:\n        print()\n    else:\n        if b:\n            f()\n        f()\n",
        "def f(a, b):\n    for c in a:\n        print()\n    else:\n        if b:\n            f()\n",
    ],
    "return_condition": [
        "def f(a):\n    if a:\n        return 1\n    return 0\n",
        "def bool(a):\n    return 1\ndef f(a):\n    if a < 3:\n        return True\n    return False\n",
        "def f(a):\n    if a:\n        return True\n    # why\n    return False\n",
        "def f(a):\n    if a:\n        return True\n    print()\n    return False\n",
    ],
    "choose_value": [
        "def f(a):\n    if a:\n        b = 1\n    else:\n        c = 2\n",
        "def f(a):\n    if a:\n        b = 1\n    else:\n        b += 2\n",
        "def f(a):\n    if a:\n        b: int = 1\n    else:\n        b: int = 2\n",
        "def f(a):\n    if a:\n        b = 1  # why\n    else:\n        b = 2\n",
        "def f(a):\n    if a:\n        a.b = 1\n    else:\n        a.b = 2\n",
    ],
    "merge_equal_guards": [
        "def f(a, b):\n    if a:\n        print()\n    if b:\n        print()\n",
        "def f(a, b):\n    if a:\n        return 'x\\n'\n    if b:\n        return 'y\\n'\n",
        "def f(a, b):\n    if a:\n        return 1\n    # why\n    if b:\n        return 1\n",
    ],
    "merge_equal_branches": [
        "def f(a, b):\n    if a:\n        print(1)\n    elif b:\n        print(2)\n    else:\n        print(1)\n",
        "def f(a, b):\n    if a:\n        if b:\n            f()\n        f()\n    elif b:\n        if b:\n            f()\n            f()\n",
    ],
    "use_any": [
        "def any(a):\n    return 1\ndef f(a):\n    for b in a:\n        if b:\n            return True\n    return False\n",
        "def f(a):\n    for b in a:\n        if b:\n            return True\n        print()\n    return False\n",
        "def f(a):\n    for b in a:\n        if (c := b):\n            return True\n    return False\n",
        "def f(a):\n    for b in a:\n        if b:\n            return True\n    else:\n        print()\n    return False\n",
    ],
    "use_comprehension": [
        "def f(a):\n    out = []\n    for b in a:\n        out.append(b)\n    return out, b\n",
        "def f(a):\n    out = []\n    for b in a:\n        out.append(len(out))\n    return out\n",
        "def f(a):\n    out = []\n    g = lambda: b\n    for b in a:\n        out.append(b)\n    return out\n",
        "def f(a):\n    try:\n        out = []\n        for b in a:\n            out.append(b())\n    except ValueError:\n        return out\n",
        "def f(a):\n    global out\n    out = []\n    for b in a:\n        out.append(b)\n",
    ],
    "use_lookup": [
        "def f(a):\n    if a == 1:\n        return 1\n    elif a == 1:\n        return 2\n    elif a == 3:\n        return 3\n    return None\n",
        "def f(a):\n    if a == 1:\n        return g()\n    elif a == 2:\n        return 2\n    elif a == 3:\n        return 3\n    return None\n",
        "def f(a):\n    if a == 1:\n        return 1\n    elif b == 2:\n        return 2\n    elif a == 3:\n        return 3\n    return None\n",
    ],
}  # fmt: skip

NESTED = "    for b in a:\n        if b:\n            for c in b:\n                if c < 3:\n                    {0}\n                print(c)\n"
KEPT_WHOLE = {
    "a return": ("def f(a):\n" + NESTED.format("return 1"), "f"),
    "a yield": ("def f(a):\n" + NESTED.format("yield 1"), "f"),
    "an await": ("async def f(a):\n" + NESTED.format("await c"), "f"),
    "locals": ("def f(a):\n" + NESTED.format("locals()"), "f"),
    "super": ("class A:\n    def f(a):\n" + indented(NESTED.format("super().f()")), "A.f"),
    "a private name": ("class A:\n    def f(a):\n" + indented(NESTED.format("a.__x()")), "A.f"),
    "an import": ("def f(a):\n" + NESTED.format("import re"), "f"),
    "an inner function": ("def g(x):\n    def f(a):\n" + indented(NESTED.format("print(x)")) + "    return f\n", "g.f"),
    "a global": ("def f(a):\n    global n\n" + NESTED.format("n = 1"), "f"),
    "a name without a value": ("def f(a):\n" + NESTED.format("d = 1") + "    print(d)\n", "f"),
    "a type parameter": ("def f[T](a: T):\n" + NESTED.format("print(T)"), "f"),
}


@pytest.mark.parametrize(("name", "source"), [(name, each) for name, sources in REFUSED.items() for each in sources])
def test_what_would_change_more_is_refused(name: str, source: str) -> None:
    assert made_by(name, source) == []


@pytest.mark.parametrize("what", KEPT_WHOLE)
def test_nothing_is_made_a_function_that_holds(what: str) -> None:
    assert made_by("extract_function", *KEPT_WHOLE[what]) == []
    plain = ("def f(a):\n" + NESTED.format("print(1)"), "f")
    assert made_by("extract_function", *plain)


def test_a_function_taken_out_has_a_free_name_and_keeps_strings() -> None:
    source = "_f_part = 1\n\n\ndef f(a):\n" + NESTED.format('print("""x\n        y""")')
    made = made_by("extract_function", source)
    assert all("def _f_part2(" in each for each in made)
    assert all('"""x\n        y"""' in each for each in made)
    assert all(each.startswith("_f_part = 1\n") for each in made)


@pytest.mark.parametrize(
    "condition", ["a < b", "a == b", "a is b", "a not in b", "not a", "a and b", "(a or b)", "a(b)"]
)
def test_what_is_negated_is_never_another_comparison(condition: str) -> None:
    flipped = {"a == b": "a != b", "a is b": "a is not b", "a not in b": "a in b", "not a": "a", "a(b)": "not a(b)"}
    source = f"def f(a, b):\n    if {condition}:\n        f()\n    else:\n        return 1\n    return 2\n"
    expected = flipped.get(condition, f"not {condition}" if condition.startswith("(") else f"not ({condition})")
    assert any(f"    if {expected}:\n        return 1\n" in each for each in made_by("invert_to_guard", source))


@pytest.mark.parametrize("seed", range(60))
def test_every_step_does_what_the_function_did(seed: int) -> None:
    source = program(random.Random(seed))
    expected = [called(source, each) for each in INPUTS]
    for made in steps(source.encode(), "f"):
        assert [called(made.source.decode(), each) for each in INPUTS] == expected, (made.steps, made.source.decode())


@pytest.mark.parametrize("seed", range(6))
def test_all_steps_together_do_what_the_function_did(seed: int) -> None:
    source = program(random.Random(1_000 + seed))
    result = simplified(source.encode(), "f", limit=25)
    assert result is not None
    assert result.after <= result.before
    assert total(result.source.decode(), ("f", *result.helpers)) == result.after
    assert [called(result.source.decode(), each) for each in INPUTS] == [called(source, each) for each in INPUTS]
    assert simplified(source.encode(), "f", limit=25) == result


@pytest.mark.parametrize(
    "name", ["translate", "dedent", "getopt", "hls_to_rgb", "bisect_left", "TextWrapper._wrap_chunks"]
)
def test_functions_of_the_standard_library_stay_what_they_are(name: str) -> None:
    import simplify as benchmark

    subject = next(each for each in benchmark.SUBJECTS if each.function == name)
    judged = benchmark.judge(subject, few=40, many=200, asked=12)
    assert judged.differs is None
    assert judged.wrong.total() == 0


MESSY = (
    b"def f(rows, limit):\n    out = []\n    for row in rows:\n        if row is not None:\n            if row >= 0:\n"
    b"                if row > limit:\n                    limit += 1\n                else:\n                    out.append(row)\n"
    b"            else:\n                if row == -1:\n                    continue\n                else:\n"
    b"                    out.append(-row)\n    if out:\n        return True\n    else:\n        return False\n"
)


def test_a_search_goes_on_from_what_holds_only() -> None:
    simplifying = begin(MESSY, "f")
    assert simplifying is not None
    first = ask(simplifying, 3)
    assert len(first) == 3
    tell(simplifying, first[0], False)
    tell(simplifying, first[1], True)
    assert simplifying.best.source == first[1]
    tell(simplifying, b"never asked", True)
    assert simplifying.best.source == first[1]
    while asked := ask(simplifying):
        assert asked[0] != first[0]
        tell(simplifying, asked[0], False)
    tell(simplifying, first[2], False)
    assert outcome(simplifying).source == first[1]


def test_what_is_worth_it() -> None:
    best, none = simplified(MESSY, "f"), simplified(MESSY, "f", lambda _: False)
    assert best is not None
    assert none is not None
    assert (none.source, none.steps, none.after) == (MESSY, (), none.before)
    assert best.after < best.before
    assert total(best.source.decode(), ("f",)) == best.own
    assert best.suggest_only == any(each.proof != CONSTRUCTED for each in best.steps)
    sure = simplified(MESSY, "f", constructed_only=True)
    assert sure is not None
    assert not sure.suggest_only
    assert not sure.helpers


def test_moving_code_alone_gains_nothing() -> None:
    flat = "def f(a):\n" + "".join(f"    if a == {n}:\n        print(a)\n        print({n})\n" for n in range(8))
    result = simplified(flat.encode(), "f")
    assert result is not None
    assert result.steps == ()


@pytest.mark.parametrize("function", [1, 2, "f", "A.f"])
def test_a_function_is_found_by_line_or_name(function: str | int) -> None:
    text = SIMPLIFICATIONS["drop_else"].before
    inside = "class A:\n" + indented(text)
    assert made_by("drop_else", inside if function == "A.f" else text, function)


@pytest.mark.parametrize(
    "source", [b"", b"def f(:\n", b"def f():\r\n    pass\r\n", b"x = 1\n", b"\xff\xfe\x00", b"def g(): pass"]
)
def test_where_there_is_no_such_function_nothing_is_made(source: bytes) -> None:
    assert steps(source, "f") == ()
    assert simplified(source, "f") is None
    assert steps(source, 99) == ()


@pytest.mark.parametrize(
    "source",
    [b"def f(): return '\xff'\n", b"def f():\n\tif a:\n\t\treturn 1\n\telse:\n\t\treturn\n", b"def f(a):\n    if a:\n    print()\n", b"\x0cdef f(a):\n    if a: return 1\n    else: return 2"],
)  # fmt: skip
def test_odd_source_is_survived(source: bytes) -> None:
    made: tuple[Candidate, ...] = steps(source, "f")
    assert all(each.complexity <= 3 for each in made)


def test_functions_taken_out_have_names_of_their_own() -> None:
    deep = "    for x in a:\n        if x:\n            for b in x:\n                if b:\n" + indented(
        indented(indented(NESTED))
    )
    rounds = deep.format("print(a)") + "                print()\n"
    found = simplified(("def f(a):\n" + rounds + rounds).encode(), "f")
    assert found is not None
    assert sorted(found.helpers)[:2] == ["_f_part", "_f_part2"]
    assert len(set(found.helpers)) == len(found.helpers)


def test_what_a_file_begins_with_stays_first() -> None:
    source = "#!/usr/bin/env python\n# coding: utf-8\ndef f(a):\n" + NESTED.format("print(1)")
    made = made_by("extract_function", source)
    assert made
    assert all(each.startswith("#!/usr/bin/env python\n# coding: utf-8\ndef _f_part(") for each in made)
