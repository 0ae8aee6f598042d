"""What the fast path rests on without running anything: which differences are of bodies alone, and how long it is trusted."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from autonav_protocol.values.evaluation import Evaluation, Outcome
from autonav_server.evaluation import evaluate
from autonav_server.evaluation.swap import Trust, agree

CORE = "pkg/core.py"


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module that compares code."""
    monkeypatch.syspath_prepend(evaluate.PLUGIN)
    return importlib.import_module("autonav_code")


def test_free_variables_of_a_live_function_are_compared(code: ModuleType) -> None:
    def inner(text: str) -> CodeType:
        names: dict = {}
        exec(text, names)
        return names["outer"](1, 2).__code__

    outer = "def outer(n, m):\n    def inner(x):\n        return x + {}\n    return inner\n"
    code.check(inner(outer.format("n")), inner(outer.format("n - 1")), "inner")
    with pytest.raises(code.Refused, match="free variables of inner"):
        code.check(inner(outer.format("n")), inner(outer.format("m")), "inner")


TWO = b"import os\n\n\ndef f(x):\n    return x + 1\n\n\ndef g():\n    return os.sep.upper()\n"


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        (b"", b"", []),
        (b"x + 1", b"x - 1", ["f"]),
        (b"x + 1", b"x + True", ["f"]),
        (b"x + 1", b"x + 1.0", ["f"]),
        (b"x + 1", b"(x +\n            2)", ["f"]),
        (b"    return x + 1\n", b"    y = x\n    return y + 1\n", ["f"]),
        (b"    return x + 1\n", b"    return x + 1\n    return 3\n", []),
        (b"import os\n", b"# a comment\nimport os\n", []),
        (b"x + 1", b"x \\", ["f"]),
        (b"sep", b"linesep", ["g"]),
    ],
)
def test_a_statement_alone_differs_as_its_module_does(
    old: bytes, new: bytes, differs: list[str], code: ModuleType
) -> None:
    for line_end in (b"\n", b"\r\n"):
        before, after = (text.replace(b"\n", line_end) for text in (TWO, TWO.replace(old, new, 1)))
        quick, whole = (code.File("/x.py", before).differences(after, whole=each) for each in (False, True))
        assert [each.co_name for each, _ in quick] == [each.co_name for each, _ in whole] == differs
        assert [pair[0] for pair in quick] == [pair[0] for pair in whole]
        assert [pair[1] for pair in quick] == [pair[1] for pair in whole]


@pytest.mark.parametrize("name", ["argparse", "ast", "dataclasses", "inspect", "tarfile", "typing"])
def test_every_statement_alone_compiles_as_in_its_module(name: str, code: ModuleType) -> None:
    path = importlib.import_module(name).__file__
    assert path is not None
    lines = Path(path).read_bytes().split(b"\n")
    file = code.File(path, b"\n".join(lines))
    whole = set(functions(compile(b"\n".join(lines), path, "exec", dont_inherit=True)))
    file._enclosing(1, 1)
    for start, end in file._statements:
        assert whole.issuperset(functions(file._piece(lines, start, end)))


def functions(holder: CodeType) -> Iterator[CodeType]:
    """Yield the functions of a module, and those of its classes."""
    for each in holder.co_consts:
        if isinstance(each, CodeType):
            if each.co_flags & 1:
                yield each
            else:
                yield from functions(each)


EMPTY = Evaluation((), {}, None, 0.0, None, "process", {})  # pyright: ignore[reportArgumentType]


def test_trust_asks_for_the_first_five_and_a_sample_of_the_rest() -> None:
    trust = Trust()
    for number in range(5):
        assert trust.wants_recheck({CORE: b"%d" % number})
        trust = trust.after_served()
    later = [trust.wants_recheck({CORE: b"%d" % number}) for number in range(4000)]
    assert 150 < sum(later) < 250
    assert later == [trust.wants_recheck({CORE: b"%d" % number}) for number in range(4000)]


def test_trust_ends_with_one_disagreement() -> None:
    fast = replace(EMPTY, outcomes={"a": Outcome.PASSED})
    slow = replace(EMPTY, outcomes={"a": Outcome.FAILED})
    trust = Trust().after_served()
    assert trust.after_recheck(fast, fast) == trust
    after = trust.after_recheck(fast, slow)
    assert (after.off, after.off_for_project) == ("a verdict of the fast path was wrong", True)
    assert not agree(fast, replace(fast, problem="x"))
    assert agree(replace(slow, problem="x"), replace(fast, problem="y"))


@pytest.mark.parametrize(("refused", "served", "off"), [(11, 0, True), (11, 9, True), (10, 10, False), (5, 100, False)])
def test_trust_ends_where_most_are_refused(refused: int, served: int, off: bool) -> None:
    trust = Trust()
    for _ in range(served):
        trust = trust.after_served()
    for _ in range(refused):
        trust = trust.after_refused()
    assert bool(trust.off) == off
    assert not trust.off_for_project
