"""Contract files: reading, writing, widening, and what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.contracts import contract_file
from autonav_analysis.contracts.globs import deciding_glob, problems
from autonav_protocol.values.contract import Budget, Contract, Scope


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


globs = st.lists(texts, max_size=5).map(tuple)
limits = st.none() | st.integers(0, 10**9)


@given(
    texts,
    st.builds(Scope, **dict.fromkeys(contract_file.LISTS, globs)),
    st.builds(Budget, files=limits, lines=limits),
    st.lists(st.lists(texts, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    st.sampled_from(["", "2026-01-31T18:00:00Z", "2026-01-31T18:00:00+02:00"]),
)
def test_what_is_written_is_read(
    task: str, scope: Scope, budget: Budget, validate: tuple[tuple[str, ...], ...], expires: str
) -> None:
    contract = Contract("t", task, scope, "abc", validate, budget, expires)
    assert contract_file.read("t", contract_file.render(contract)) == (contract, ())


def test_widening_keeps_comments_and_order() -> None:
    text = '# mine\ntask = "t"\n[scope]\nedit = ["a"] # only this\nnever = ["z"]\n'
    widened = contract_file.add_globs(text, "edit", ["/b", "a"])
    assert widened == '# mine\ntask = "t"\n[scope]\nedit = ["a", "/b"] # only this\nnever = ["z"]\n'


def test_narrowing_and_limits_keep_comments_and_order() -> None:
    text = '# mine\ntask = "t"\n[scope] # here\nedit = [\n  "a", # why\n  "b",\n]\n\n[budget]\nfiles = 3 # few\n'
    narrowed = contract_file.remove_globs(text, ["b", "not there"])
    assert narrowed == text.replace('  "b",\n', "")
    limited = contract_file.set_limits(narrowed, {"files": 9, "lines": 50}, "2026-01-31T18:00:00Z")
    assert {"# mine", "# here", "# why", "# few"} <= {
        each[each.index("#") :] for each in limited.split("\n") if "#" in each
    }
    contract, problems = contract_file.read("t", limited)
    assert problems == ()
    assert contract is not None
    assert (contract.budget, contract.expires) == (Budget(files=9, lines=50), "2026-01-31T18:00:00Z")


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    contract, problems = contract_file.read("t", text)
    assert contract is not None or problems


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("task = ", 1, "not valid TOML"),
        ("task = 1\n", 1, "task must be a string"),
        ("[scope]\nedit = 'src'\n", 2, "edit must be a list"),
        ("[scope]\nedits = []\n", 2, "unknown key edits"),
        ("schema_version = 99\n", 1, "upgrade AutoNav"),
        ("scope = 3\n", 1, "scope must be a table"),
        ("[budget]\nfiles = true\n", 2, "files must be a whole number"),
        ("[budget]\nfile = 1\n", 2, "unknown key file"),
        ('task = "t"\nexpires = "soon"\n', 2, "a time with its zone"),
        ("expires = 2026-01-31T18:00:00\n", 1, "a time with its zone"),
        ('validate = ["pytest"]\n', 1, "validate must hold strings alone"),
        ("[scope]\nedit = [1]\n", 2, "edit must hold strings alone"),
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
