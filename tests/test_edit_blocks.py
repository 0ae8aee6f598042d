"""Search-and-replace blocks of models: what is put up with, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonav_analysis.edit_blocks import FORM, Block, apply, parse

GCD = b"def gcd(a, b):\n    if b == 0:\n        return a\n    return gcd(a % b, b)\n"
FIXED = GCD.replace(b"a % b, b", b"b, a % b")
FILES = {"gcd.py": GCD, "lib/other.py": b"x = 1\ny = 1\nx = 1\n"}


def block(search: str, replace: str, path: str = "gcd.py") -> str:
    return f"{path}\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def edited(answer: str, files: dict[str, bytes] = FILES) -> tuple[dict[str, bytes], tuple[str, ...]]:
    parsed = parse(answer, files)
    done = apply(parsed.blocks, files)
    return dict(done.contents), (*parsed.problems, *done.problems)


GOOD = block("    return gcd(a % b, b)", "    return gcd(b, a % b)")
BARE = GOOD.removeprefix("gcd.py\n")


@pytest.mark.parametrize(
    "answer",
    [
        GOOD,
        f"Here is the fix.\n\n```python\n{GOOD}```\nIt swaps them.",
        f"Here is the fix:\n\n**`gcd.py`**\n```python\n{BARE}```",
        f"```python gcd.py\n{BARE}```",
        f"File: ./gcd.py\n{BARE}",
        f"### gcd.py\n{BARE}",
        GOOD.replace("\n", "\r\n"),
        GOOD.removesuffix("\n"),
        block("return gcd(a % b, b)", "return gcd(b, a % b)"),
        block("        return gcd(a % b, b)", "        return gcd(b, a % b)"),
        block("    return gcd(a % b, b)   ", "    return gcd(b, a % b)"),
        block("\n    return gcd(a % b, b)\n", "\n    return gcd(b, a % b)\n"),
        GOOD.replace("<<<<<<< SEARCH", "<<<<<<<").replace(">>>>>>> REPLACE", ">>>>>>>"),
    ],
    ids=["plain", "fenced", "bold", "info", "label", "heading", "crlf", "unended", "dedented", "indented", "trailing", "blank lines", "unlabelled"],
)  # fmt: skip
def test_models_write_blocks_in_many_ways(answer: str) -> None:
    assert edited(answer) == ({"gcd.py": FIXED}, ())


def test_line_ends_and_encodings_are_kept() -> None:
    latin = b"# caf\xe9\r\nx = 1\r\ny = 2"
    contents, problems = edited(block("y = 2", "y = 3", "a.py"), {"a.py": latin})
    assert (contents, problems) == ({"a.py": b"# caf\xe9\r\nx = 1\r\ny = 3"}, ())


def test_blocks_are_made_in_order_and_may_leave_out_the_path() -> None:
    contents, problems = edited(
        block("y = 1", "y = 2", "lib/other.py") + block("y = 2", "y = 3").removeprefix("gcd.py\n")
    )
    assert (contents, problems) == ({"lib/other.py": b"x = 1\ny = 3\nx = 1\n"}, ())


def test_a_block_without_text_to_look_for_is_a_new_file_and_lines_may_go() -> None:
    assert edited(block("", "z = 1", "lib/new.py")) == ({"lib/new.py": b"z = 1\n"}, ())
    gone = "lib/other.py\n<<<<<<< SEARCH\ny = 1\n=======\n>>>>>>> REPLACE"
    assert edited(gone) == ({"lib/other.py": b"x = 1\nx = 1\n"}, ())


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (block("x = 1", "x = 2", "lib/other.py"), "is there 2 times"),
        (block("return 5", "return 6"), "is not there: 'return 5'"),
        (block("", "all new"), "but the file is there"),
        (block("a", "b", "absent.py"), "no file absent.py among those shown"),
        (block("a", "b", "../outside.py"), "no path of the worktree"),
        (block("a", "b", "lib/../../outside.py"), "no path of the worktree"),
        (block("a", "b", "/etc/passwd"), "no path of the worktree"),
        (block("a", "b", "~/.bashrc"), "no path of the worktree"),
        (block("a", "b", "C:\\x.py"), "no path of the worktree"),
        (block("a", "b", "").lstrip(), "names no file"),
        (GOOD.removesuffix(">>>>>>> REPLACE\n"), "is not finished"),
        (GOOD.split("=======")[0], "is not finished"),
    ],
)
def test_what_cannot_be_meant_is_said(answer: str, problem: str) -> None:
    contents, problems = edited(answer)
    assert contents == {}
    assert [problem in each for each in problems] == [True], problems


def test_an_unfinished_block_does_not_swallow_the_next() -> None:
    contents, problems = edited("gcd.py\n<<<<<<< SEARCH\nreturn a\n" + GOOD)
    assert (contents, problems) == ({"gcd.py": FIXED}, ("block 1 is not finished",))


def test_the_form_that_is_shown_is_one_that_is_read() -> None:
    assert parse(FORM).blocks == (
        Block("path/to/file.py", ("the lines to replace, exactly as they are",), ("the lines to put there",)),
    )


PIECES = st.sampled_from(
    [
        "<<<<<<< SEARCH",
        "=======",
        ">>>>>>> REPLACE",
        "gcd.py",
        "```",
        "x = 1",
        "",
        "../a.py",
        "    return a",
        "\r",
        "\ud800",
    ]
)


@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("\n".join))
def test_no_answer_breaks_it(answer: str) -> None:
    contents, problems = edited(answer)
    assert all(isinstance(each, bytes) for each in contents.values())
    assert all(not path.startswith("/") and ".." not in path.split("/") for path in contents)
    assert all("\n" not in each for each in problems)


LINES = st.lists(st.text(st.characters(exclude_characters="\r\n<>=", exclude_categories=("Cs",)), min_size=1).filter(str.strip), min_size=1, max_size=8, unique=True)  # fmt: skip


@given(LINES, st.data(), st.sampled_from(["\n", "\r\n"]))
def test_what_names_one_place_is_replaced_there_and_nowhere_else(lines, data, newline) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    before = "".join(line + newline for line in lines).encode()
    done = apply([Block("f", (lines[at],), ("new",))], {"f": before})
    expected = "".join(("new" if index == at else line) + newline for index, line in enumerate(lines)).encode()
    assert (done.contents.get("f", before), done.problems) == (expected, ())
