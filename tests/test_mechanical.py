"""Which hunks are equal by syntax tree: tables of changes, traps among them, and every language."""

import ast
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest

from autonav_analysis.changes.mechanical import mechanical
from autonav_analysis.syntax.grammars import languages, load, parse
from support.audits import audited_file

FOLDER = Path(__file__).parent / "fixtures/mechanical"
TABLES = {path.stem: tomllib.loads(path.read_text())["cases"] for path in sorted(FOLDER.glob("*.toml"))}
CASES = [pytest.param(case, id=f"{table}: {case['name']}") for table, cases in TABLES.items() for case in cases]


def classes_of(files: list[dict[str, Any]]) -> list[str]:
    audited = [audited_file(each) for each in files]
    found = mechanical(audited)
    return [str(found.get((file.path, hunk), "")) for file in audited for hunk in file.change.hunks]


@pytest.mark.parametrize("case", CASES)
def test_hunks(case: dict[str, Any]) -> None:
    assert classes_of(case["files"]) == case["classes"]


PYTHON = (Path(__file__).parents[1] / "analysis/autonav_analysis/changes/hunks.py").read_text()
SNIPPETS = (" ", "\n", "    ", "(", ")", ",", ";", "#", "# x\n", "\\\n", "'", '"', "not ", "-", "x", "1", ".")
UNCHANGED = {"", "imports", "rename", "move"}


@pytest.mark.parametrize("seed", range(4))
def test_what_is_called_equal_is_equal_to_the_compiler(seed: int) -> None:
    """Random edits of a real file; whoever else reads Python agrees with each that is called layout or comments."""
    random, proved = Random(seed), 0
    wanted = ast.dump(ast.parse(PYTHON))
    for _ in range(150):
        start = random.randrange(len(PYTHON))
        end = start + random.choice((0, 0, 1, 4))
        edited = PYTHON[:start] + random.choice(SNIPPETS) + PYTHON[end:]
        classes = classes_of([{"path": "a.py", "before": PYTHON, "after": edited}])
        if not UNCHANGED & set(classes) and classes:
            assert ast.dump(ast.parse(edited)) == wanted, (start, edited[max(0, start - 40) : start + 40])
            proved += 1
    assert proved


@pytest.mark.parametrize("name", sorted(languages()))
def test_no_token_is_taken_out_unseen(name: str) -> None:
    """In every language a text without one of its tokens is no mere layout, brackets and separators aside."""
    language = languages()[name]
    text = next(iter(sorted((FOLDER.parent / "languages" / name).glob(f"*{language.suffixes[0]}")))).read_bytes()
    waiting, tokens = [parse(load(language), text).root_node], []
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if not node.children and node.text and node.text.strip() and "comment" not in node.type:
            tokens.append(node)
    tokens = [
        each for each in tokens if each.text not in (b",", b";", b"(", b")") and "comment" not in str(each.parent)
    ]
    for token in tokens[:: max(1, len(tokens) // 60)]:
        files = [{"path": f"a{language.suffixes[0]}", "before": text.decode()}]
        files[0]["after"] = (text[: token.start_byte] + b" " + text[token.end_byte :]).decode()
        found = set(classes_of(files))
        assert not found & {"formatting", "comments"}, (token, found)
