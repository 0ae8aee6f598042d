"""Every rewrite against its own example."""

import re

import pytest

from autonav_analysis import rewrites
from autonav_analysis.rewrite import Rewrite
from autonav_analysis.search.proposals import apply, proposals, still_parses
from autonav_analysis.syntax.grammars import languages
from autonav_protocol.collect import collect
from autonav_protocol.values.candidate import Proposal

REWRITES = collect(rewrites, "REWRITE", Rewrite)


@pytest.mark.parametrize("module", REWRITES)
def test_the_example_is_among_the_proposals(module: str) -> None:
    rewrite = REWRITES[module]
    path = "x" + languages()[rewrite.language].suffixes[0]
    before = rewrite.before.encode()
    suspicion = {(path, line): 1.0 for line in range(1, before.count(b"\n") + 1)}
    proposed = proposals({path: before}, suspicion)
    mine = [each for each in proposed if apply(before, each.edits[0]).decode() == rewrite.after]
    assert mine, f"{rewrite.name} does not make its own example"
    assert any(each.rewrite == rewrite.name for each in proposed), "every edit of it is another rewrite's too"
    assert rewrite.name == module
    assert rewrite.weight > 0
    assert still_parses(path, before, rewrite.after.encode())


@pytest.mark.parametrize("module", REWRITES)
def test_a_rewrite_stands_broken_and_odd_source(module: str) -> None:
    path = "x" + languages()[REWRITES[module].language].suffixes[0]
    cut = b"def f(a):\n    if a:\n        return a +\n    return.get('x')\n"
    for source in (b"def f(:\n  return (", b"def f():\n\treturn '\xff\xfe'\r\n", b"", b"\x0c\x00def f(): pass", cut):
        for each in proposals({path: source}, {(path, line): 1.0 for line in range(1, 5)}):
            assert apply(source, each.edits[0]) != source


def test_a_guard_asks_about_nothing_that_is_not_bound_yet() -> None:
    source = b"def f(a):\n    b = a.c\n    return b\n"
    guards = [each for each in proposed_of("add_guard", source) if each.line == 2]
    assert any("not a:" in each.edits[0].text for each in guards)
    assert not any(re.search(r"\bb\b", each.edits[0].text) for each in guards)


def test_a_string_is_changed_at_all_its_places() -> None:
    source = b"def f(a):\n    if a == 'fat32':\n        return ['fat32']\n    return a + 'fat32'\n"
    made = [apply(source, each.edits[0]) for each in proposed_of("edit_string", source)]
    assert source.replace(b"fat32", b"fat3") in made


def proposed_of(name: str, source: bytes) -> list[Proposal]:
    lines = range(1, source.count(b"\n") + 1)
    return [
        each for each in proposals({"x.py": source}, {("x.py", line): 1.0 for line in lines}) if each.rewrite == name
    ]
