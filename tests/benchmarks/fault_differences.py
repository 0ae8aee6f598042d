"""Whether a text that passes all tests is the original in other words: compared on recorded inputs and on ones nearby.

The inputs are what the functions that differ were called with while the tests ran, and those with one plain value
changed to another of its type, where the original returns. Equal means equal results and equal arguments afterwards.
"""

import ast
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from fault_oracle import Oracle

RECORDER = Path(__file__).parent / "fault_recorder.py"
MOST_TESTS = 150
SECONDS = 300
Solutions = Mapping[str, Mapping[str, str]]


def differing(oracle: Oracle, path: str, solutions: Solutions) -> dict[str, bool | None]:
    """Return for each text whether it differs, None where that is not known, as where it is no function that differs."""
    original = oracle.source(path).decode()
    found: dict[str, bool | None] = {}
    asked: dict[str, list[str]] = {}
    for state, contents in solutions.items():
        text = contents.get(path, original)
        places = _differing(original, text)
        elsewhere = any(oracle.source(other).decode() != mine for other, mine in contents.items() if other != path)
        if elsewhere or places is None:
            found[state] = None
        elif not places:
            found[state] = False
        else:
            asked[state] = places
    if asked:
        found |= _compared(
            oracle,
            path,
            {state: solutions[state][path] for state in asked},
            {place for each in asked.values() for place in each},
        )
    return found


def _compared(oracle: Oracle, path: str, texts: Mapping[str, str], places: set[str]) -> dict[str, bool | None]:
    functions = {place: (first, last) for place, first, last, _ in _functions(ast.parse(oracle.source(path)))}
    lines = {(path, line) for place in places for line in range(functions[place][0], functions[place][1] + 1)}
    tests = sorted(test for test, ran in oracle.base.ran.items() if not ran.isdisjoint(lines))[:MOST_TESTS]
    listed = [
        {"place": place, "name": place.rpartition(".")[2].partition("#")[0], "line": functions[place][0]}
        for place in sorted(places)
    ]
    with oracle.checkout() as checkout:
        job, answer = f"{checkout}.job", f"{checkout}.answer"
        asked = {
            "path": os.path.join(checkout, path),
            "functions": listed,
            "texts": texts,
            "tests": tests,
            "answer": answer,
        }
        Path(job).write_text(json.dumps(asked), encoding="utf-8")
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": oracle.python_path(checkout),
        }
        argv = [oracle.interpreter, str(RECORDER), job]
        try:
            subprocess.run(argv, cwd=checkout, env=environment, capture_output=True, timeout=SECONDS, check=False)
            said = Path(answer).read_text(encoding="utf-8").splitlines()
        except (OSError, subprocess.TimeoutExpired):
            said = []
    return dict.fromkeys(texts) | {state: differs for line in said for state, differs in json.loads(line).items()}


def _differing(before: str, after: str) -> list[str] | None:
    """Return the outermost functions that differ by place, None where something outside of functions does."""
    old, new = ast.parse(before), ast.parse(after)
    mine = {place: dumped for place, _, _, dumped in _functions(old)}
    theirs = {place: dumped for place, _, _, dumped in _functions(new)}
    for tree in (old, new):
        tree.body = [node for node in tree.body if not _is_text(node)]
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                node.body = []
    if mine.keys() != theirs.keys() or ast.dump(old) != ast.dump(new):
        return None
    return [place for place in mine if mine[place] != theirs[place]]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, int, int, str]]:
    """Yield place, first and last line and syntax of the outermost functions, as the recorder names them."""
    seen: dict[str, int] = {}
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            seen[child.name] = seen.get(child.name, 0) + 1
            first = min([child.lineno, *(each.lineno for each in child.decorator_list)])
            yield f"{prefix}{child.name}#{seen[child.name]}", first, child.end_lineno or first, ast.dump(child)
        elif not isinstance(child, ast.expr):
            yield from _functions(child, f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix + "?.")
