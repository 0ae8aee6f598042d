"""Every rewrite against its own example."""

import pytest

from autonav_analysis import rewrites
from autonav_analysis.rewrite import Rewrite
from autonav_analysis.search.proposals import apply, proposals, still_parses
from autonav_analysis.syntax.grammars import languages
from autonav_protocol.collect import collect

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
    for source in (b"def f(:\n  return (", b"def f():\n\treturn '\xff\xfe'\r\n", b"", b"\x0c\x00def f(): pass"):
        for each in proposals({path: source}, {(path, 1): 1.0, (path, 2): 1.0}):
            assert apply(source, each.edits[0]) != source
