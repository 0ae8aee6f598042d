"""Contract files: reading, writing, widening, and what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import deciding_glob, problems
from autonav_protocol.values.contract import Contract, Scope


@pytest.mark.parametrize(
    ("task", "slug"),
    [
        ("Retry with back-off", "retry-with-back-off"),
        ("Größe prüfen!", "groe-prufen"),
        ("日本語", "task"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 200, "x" * 48),
    ],
)
def test_slug_is_a_safe_file_name(task: str, slug: str) -> None:
    assert contract_file.slug_of(task) == slug


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=30)


@given(texts, st.lists(texts, max_size=5), st.lists(texts, max_size=5))
def test_what_is_written_is_read(task: str, edit: list[str], never: list[str]) -> None:
    contract = Contract("t", task, Scope(edit=tuple(edit), never=tuple(never)), "abc")
    assert contract_file.read("t", contract_file.render(contract)) == (contract, ())


def test_widening_keeps_comments_and_order() -> None:
    text = '# mine\ntask = "t"\n[scope]\nedit = ["a"] # only this\nnever = ["z"]\n'
    widened = contract_file.add_globs(text, "edit", ["/b", "a"])
    assert widened == '# mine\ntask = "t"\n[scope]\nedit = ["a", "/b"] # only this\nnever = ["z"]\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("task = ", 1, "not valid TOML"),
        ("task = 1\n", 1, "task must be a string"),
        ("[scope]\nedit = 'src'\n", 2, "edit must be a list"),
        ("[scope]\nedits = []\n", 2, "unknown key edits"),
        ("schema_version = 99\n", 1, "upgrade AutoNav"),
        ("scope = 3\n", 1, "scope must be a table"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, said: str) -> None:
    found = contract_file.read("t", text).problems
    assert found[0].line == line
    assert said in found[0].message


@pytest.mark.parametrize(
    ("globs", "path", "glob"),
    [
        (("src/**",), "src/a.py", "src/**"),
        (("src/**",), "lib/src/a.py", None),
        (("*.py",), "deep/down/a.py", "*.py"),
        (("docs",), "docs/a/b.md", "docs"),
        (("/a b.py",), "a b.py", "/a b.py"),
        (("src/", "!src/x.py"), "src/x.py", None),
        (("[z-a]", "src/"), "src/x.py", "src/"),
        ((r"/\[a\].py",), "[a].py", r"/\[a\].py"),
    ],
)
def test_glob_that_decides(globs: tuple[str, ...], path: str, glob: str | None) -> None:
    assert deciding_glob(globs, path) == glob


def test_bad_globs_are_named() -> None:
    assert [each.glob for each in problems(("ok", "", "[z-a]", "!", "a\nb"))] == ["", "[z-a]", "!", "a\nb"]
