"""Every rewrite of a language with braces against an example in each of its languages, and its edits against odd sources."""

import re
from pathlib import Path

import pytest

from autonav_analysis import brace_rewrites
from autonav_analysis.rewrite import Rewrite
from autonav_analysis.search.proposals import all_rewrites, apply, proposals, still_parses
from autonav_analysis.syntax.grammars import languages
from autonav_protocol.collect import collect

FIXTURES = Path(__file__).parent / "fixtures/rewrites"
REWRITES = collect(brace_rewrites, "REWRITE", Rewrite)
ODD = (
    b"function f( {\n  return (",
    b"func f() {\n\treturn '\xff\xfe'\r\n}",
    b"",
    b"\x0c\x00const f = () => a",
    b"x => { if (",
    b"}}}",
)


def examples(language: str) -> dict[str, tuple[str, str]]:
    """Return what a language's table holds: for each rewrite a source before and after it."""
    found = {}
    for part in re.split(r"(?m)^## ", (FIXTURES / f"{language}.diff").read_text())[1:]:
        name, *lines = part.rstrip("\n").split("\n")
        before, after = ("".join(f"{line[1:]}\n" for line in lines if line[:1] != sign) for sign in "+-")
        found[name] = before, after
    return found


TABLES = {name: examples(name) for name in ("typescript", "tsx", "go")}
CASES = [
    *((name, each.language, each.before, each.after) for name, each in REWRITES.items()),
    *((name, language, *pair) for language, table in TABLES.items() for name, pair in table.items()),
    *((name, "tsx", *pair) for name, pair in TABLES["typescript"].items()),
]


@pytest.mark.parametrize(("name", "language", "before", "after"), CASES, ids=[f"{each[1]}-{each[0]}" for each in CASES])
def test_the_example_is_among_the_proposals(name: str, language: str, before: str, after: str) -> None:
    rewrite = REWRITES[name]
    path, source = "x" + languages()[language].suffixes[0], before.encode()
    proposed = proposals({path: source}, {(path, line): 1.0 for line in range(1, before.count("\n") + 1)})
    assert any(apply(source, each.edits[0]).decode() == after for each in proposed), f"{name} does not make its example"
    assert any(each.rewrite == name for each in proposed), "every edit of it is another rewrite's too"
    assert language in (rewrite.language, *rewrite.also)
    assert (rewrite.name, rewrite.weight > 0) == (name, True)
    assert still_parses(path, source, after.encode())
    counts = [sum(each.rewrite == other for each in proposed) for other in REWRITES]
    assert all(count <= 2 * REWRITES[other].cap for count, other in zip(counts, REWRITES, strict=True))


def test_every_language_of_a_rewrite_has_an_example() -> None:
    tables = {**TABLES, "tsx": {**TABLES["typescript"], **TABLES["tsx"]}}
    missing = [
        (name, language) for name, each in REWRITES.items() for language in each.also if name not in tables[language]
    ]
    assert missing == []


def test_rewrites_of_one_name_are_one_idea() -> None:
    known: dict[str, tuple[str, float]] = {}
    for each in all_rewrites():
        assert known.setdefault(each.name, (each.title, each.weight)) == (each.title, each.weight)


@pytest.mark.parametrize("suffix", [".js", ".ts", ".tsx", ".go"])
def test_rewrites_stand_broken_and_odd_sources(suffix: str) -> None:
    for source in ODD:
        for each in proposals({f"x{suffix}": source}, {(f"x{suffix}", 1): 1.0, (f"x{suffix}", 2): 1.0}):
            assert apply(source, each.edits[0]) != source


@pytest.mark.parametrize("suffix", [".js", ".ts", ".go"])
def test_only_the_named_function_changes_and_its_layout_is_kept(suffix: str) -> None:
    head = "func g(a int) int {" if suffix == ".go" else "function g(a) {"
    other = head.replace("g(", "h(")
    source = f"// one\n{other}\n    return a  +  1 // kept\n}}\n\n{head}\n    return a  +  1 // kept\n}}\n".encode()
    found = proposals({f"x{suffix}": source}, {(f"x{suffix}", 7): 1.0})
    mine = [each for each in found if each.line == 7]
    assert mine
    for each in mine:
        after = apply(source, each.edits[0])
        assert after.startswith(source[: source.index(head.encode())]), each
        assert b"// kept" in after.split(head.encode())[1] or each.rewrite in ("delete_statement", "move_statement")
