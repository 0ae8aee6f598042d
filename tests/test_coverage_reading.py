"""Which lines ran, read from what V8, Istanbul and Go say, and how some tests alone are named to their runners."""

import json

import pytest

from autonav_analysis.coverage import go_lines, istanbul_lines, v8_lines
from autonav_server.toolchains import go, node

SOURCE = "const a = 1; // 𝄞\nfunction f(x) {\n  if (x) {\n\n    return 1;\n  }\n  return 2;\n}\nconst g = () => 3;\n"


def offset(text: str) -> int:
    """Return where a text stands in the source, in UTF-16 code units, as V8 counts."""
    return len(SOURCE[: SOURCE.index(text)].encode("utf-16-le")) // 2


def test_v8_counts_blocks_of_functions_and_not_what_loading_ran() -> None:
    whole = {"startOffset": 0, "endOffset": len(SOURCE) + 1, "count": 1}
    taken = {"startOffset": offset("function"), "endOffset": offset("const g") - 1, "count": 1}
    passed_over = {"startOffset": offset("{\n\n"), "endOffset": offset("\n  return 2"), "count": 0}
    functions = [
        {"functionName": "", "ranges": [whole]},
        {"functionName": "f", "ranges": [taken, passed_over]},
        {"functionName": "g", "ranges": [{"startOffset": offset("() =>"), "endOffset": offset("3;") + 1, "count": 0}]},
    ]
    assert v8_lines(SOURCE.encode(), functions) == {2, 3, 7, 8}
    assert v8_lines(SOURCE.encode(), functions[:1]) == set()
    assert v8_lines(b"", functions) == set()


def test_istanbul_counts_statements_of_functions_that_were_called() -> None:
    def loc(first: int, last: int) -> dict[str, dict[str, int]]:
        return {"start": {"line": first, "column": 0}, "end": {"line": last, "column": 9}}

    file = {
        "fnMap": {"0": {"loc": loc(2, 8)}, "1": {"loc": loc(9, 9)}}, "f": {"0": 1, "1": 0},
        "statementMap": {"0": loc(1, 1), "1": loc(3, 6), "2": loc(5, 5), "3": loc(7, 7), "4": loc(9, 9)},
        "s": {"0": 1, "1": 1, "2": 0, "3": 1, "4": 0},
    }  # fmt: skip
    assert istanbul_lines(json.dumps({"/x.js": file}).encode()) == {"/x.js": {3, 4, 6, 7}}
    for broken in (b"", b"[]", b'{"/x.js": {}}', b"\xff"):
        assert istanbul_lines(broken) == {}


def test_go_counts_blocks() -> None:
    profile = (
        "mode: set\nm.org/a/x/y.go:3.10,5.2 1 1\nm.org/a/x/y.go:5.2,7.3 2 0\nm.org/other/z.go:1.1,2.2 1 1\nbroken\n"
    )
    assert go_lines(profile, "m.org/a") == {"x/y.go": {3, 4, 5}}
    assert go_lines("", "m.org/a") == {}


NODE = ("node", "--test", "--test-reporter=junit", "test/*.ts")
GO = ("go", "test", "-json", "./...")


@pytest.mark.parametrize(
    ("argv", "ids", "chosen"),
    [
        (NODE, ["a.b::is it (1/2)?"], (*NODE[:2], r"--test-name-pattern=(^|::)is it \(1\/2\)\?$", *NODE[2:])),
        (
            ("node", "bin/jest", "--json"),
            ["t/a.test.js > all > adds", "t/b.test.js > one"],
            ("node", "bin/jest", "--json", "--testNamePattern", "^(all( > | )adds|one)$", "--runTestsByPath", "t/a.test.js", "t/b.test.js"),
        ),
        (
            ("node", "bin/vitest", "run"),
            ["a.test.ts > one"],
            ("node", "bin/vitest", "run", "--testNamePattern", "^(one)$", "a.test.ts"),
        ),
        (GO, ["m.org/a.TestX/sub.case", "m.org/a/b.TestY"], (*GO[:3], "-run", "^(TestX|TestY)$", "m.org/a", "m.org/a/b")),
        (GO, ["m.org/a"], GO),
    ],
)  # fmt: skip
def test_some_tests_alone(argv: tuple[str, ...], ids: list[str], chosen: tuple[str, ...]) -> None:
    select = go.select if argv[0] == "go" else node.selecting(argv)
    assert select(argv, ids) == chosen
