"""Symbols by their own text: what an edit touches, whatever shifts and moves around it."""

from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.syntax.grammars import language_for, load
from autonav_analysis.syntax.symbols import MODULE, symbols, touched

PYTHON = load(language_for("a.py"))
SOURCE = b'''"""Module."""
import os

@cached
def first(x):
    def inner():
        return 1
    return inner

class Box:
    size = 1

    @property
    def value(self):
        return self.size

    def value(self, new):
        pass

async def last():
    pass
'''

EDITS = {
    "lines shift": (SOURCE.replace(b"import os", b"\n\n\nimport os\n\n"), []),
    "carriage returns": (SOURCE.replace(b"\n", b"\r\n"), []),
    "a body": (SOURCE.replace(b"return self.size", b"return 2"), ["Box.value"]),
    "a decorator": (SOURCE.replace(b"@cached\n", b""), ["first"]),
    "an inner function": (SOURCE.replace(b"return 1", b"return 2"), ["first.inner"]),
    "around an inner function": (SOURCE.replace(b"return inner", b"return None"), ["first"]),
    "a class's own line": (SOURCE.replace(b"size = 1", b"size = 2"), ["Box"]),
    "an import": (SOURCE.replace(b"import os", b"import re"), [MODULE]),
    "the second of one name": (SOURCE.replace(b"value(self, new):\n        pass", b"value(self, new):\n        ..."), ["Box.value#2"]),
    "renamed": (SOURCE.replace(b"async def last", b"async def latest"), ["last", "latest"]),
    "made synchronous": (SOURCE.replace(b"async def last", b"def last"), ["last"]),
    "a default": (SOURCE.replace(b"first(x)", b"first(x=1)"), ["first"]),
    "removed": (SOURCE.replace(b"async def last():\n    pass\n", b""), ["last"]),
    "added": (SOURCE + b"def more():\n    pass\n", ["more"]),
    "moved": (SOURCE.replace(b"async def last():\n    pass\n", b"").replace(b"class Box", b"async def last():\n    pass\n\nclass Box"), []),
    "a twin in front": (SOURCE.replace(b"async def last", b"def last():\n    evil()\n\nasync def last"), ["last", "last#2"]),
}  # fmt: skip


def test_touched() -> None:
    found = {name: sorted(each for each, _ in touched(PYTHON, SOURCE, after)) for name, (after, _) in EDITS.items()}
    assert found == {name: expected for name, (_, expected) in EDITS.items()}


def test_a_symbol_spans_its_decorators() -> None:
    found = {each.name: (each.line, each.end_line) for each in symbols(PYTHON, SOURCE)}
    assert found == {
        MODULE: (1, 22), "first": (4, 8), "first.inner": (6, 7), "Box": (10, 18),
        "Box.value": (13, 15), "Box.value#2": (17, 18), "last": (20, 21),
    }  # fmt: skip


statements = st.sampled_from(["x = 1", "pass", "return", "if a:\n        b()", "# said\n    pass", "s = 'é'"])
functions = st.lists(st.tuples(st.sampled_from("abcdef"), statements), max_size=6, unique_by=lambda each: each[0])


def written(named: list[tuple[str, str]], blank: int) -> bytes:
    return ("\n" * blank).join(f"def {name}():\n    {body}\n" for name, body in named).encode()


@given(functions, st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_and_blank_lines_touch_nothing(named: list[tuple[str, str]], random: object, blank: int) -> None:
    shuffled = list(named)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert touched(PYTHON, written(named, 1), written(shuffled, blank)) == ()


@given(functions, functions)
def test_what_is_touched_is_what_differs(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    was, now = dict(before), dict(after)
    expected = {name for name in was.keys() | now.keys() if was.get(name) != now.get(name)}
    assert {name for name, _ in touched(PYTHON, written(before, 1), written(after, 1))} == expected


@given(st.binary(max_size=200))
def test_any_bytes_have_symbols(source: bytes) -> None:
    assert symbols(PYTHON, source)[0].name == MODULE
