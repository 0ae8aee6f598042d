"""Node projects, whose tests its own runner, jest, vitest or a script runs."""

import glob
import json
import os
import re
from collections.abc import Callable, Sequence

from autonav_analysis.coverage import istanbul_lines, merged, v8_lines
from autonav_analysis.toolchains import Project
from autonav_server.toolchain import TRACE, Argv, Ran, Tests, Toolchain, Trace, installation, program

HOOK = os.path.join(os.path.dirname(__file__), "_node_trace.mjs")
SPECIAL = re.compile(r"[\\^$.*+?()\[\]{}|/]")
SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*['"](?P<path>\.[^'"]*)['"]""")
ALONE = "only the failing test was traced"

TEST_FILE = re.compile(r"(^|/)(tests?|__tests__|__mocks__|__snapshots__)/|[._-](test|spec)s?\.[cm]?[jt]sx?$")


def tests(root: str, project: Project, _interpreter: str | None) -> Tests:
    """Return how the tests run with the packages that are installed; nothing is fetched."""
    node = program("node")
    argv = list(project.test)
    if argv[:2] == ["npx", "--no-install"]:
        argv[:3] = [node, os.path.join("node_modules", ".bin", argv[2])]
    elif argv[0] == "node":
        argv[0] = node
    else:
        argv[0] = program(argv[0])
    folders = {os.path.join(root, project.folder, "node_modules"), os.path.join(root, "node_modules")}
    packages = tuple(sorted(each for each in folders if os.path.isdir(each)))
    environment = {"CI": "1", "NO_COLOR": "1", "npm_config_offline": "true", "npm_config_cache": "{scratch}/npm"}
    readable = (*installation(node), *packages)
    runner, trace = _runner(argv)
    return Tests(
        tuple(argv), readable, environment, (), is_test_file, project.folder, project.report,
        runner=runner, select=selecting(argv), trace=trace,
    )  # fmt: skip


def is_test_file(path: str) -> bool:
    """Return whether a root-relative path is a test or a helper of tests."""
    return TEST_FILE.search(path) is not None


def selecting(argv: Sequence[str]) -> Callable[[Argv, Sequence[str]], Argv]:
    """Return how the runner of a command is told to run some of its tests."""
    known = {"node --test": _select_own, "jest": _select_jest, "vitest": _select_vitest}
    return known.get(_runner(argv)[0], lambda argv, _: argv)


def _runner(argv: Sequence[str]) -> tuple[str, Callable[[Tests, Sequence[str], str], Trace | None]]:
    """Return what runs the tests, and how it is traced."""
    names = [os.path.basename(each) for each in argv[:3]]
    if "jest" in names:
        return "jest", _trace_jest
    if "vitest" in names:
        return "vitest", _trace_vitest
    return ("node --test", _trace_own) if "--test" in argv else (names[0], lambda *_: None)


def _select_own(argv: Argv, ids: Sequence[str]) -> Argv:
    """Return the command with the tests of these names, in whatever suite they are."""
    names = sorted({each.rpartition("::")[2] for each in ids})
    at = argv.index("--test") + 1
    return (*argv[:at], *(f"--test-name-pattern=(^|::){_quoted(name)}$" for name in names), *argv[at:])


def _select_jest(argv: Argv, ids: Sequence[str]) -> Argv:
    files, pattern = _files_and_pattern(ids)
    return (*argv, "--testNamePattern", pattern, "--runTestsByPath", *files) if ids else argv


def _select_vitest(argv: Argv, ids: Sequence[str]) -> Argv:
    files, pattern = _files_and_pattern(ids)
    return (*argv, "--testNamePattern", pattern, *files) if ids else argv


def _files_and_pattern(ids: Sequence[str]) -> tuple[list[str], str]:
    parts = [each.split(" > ") for each in ids]
    names = sorted({"( > | )".join(map(_quoted, part[1:])) for part in parts if len(part) > 1})
    return sorted({part[0] for part in parts}), f"^({'|'.join(names)})$"


def _quoted(name: str) -> str:
    return SPECIAL.sub(r"\\\g<0>", name)


def _trace_own(_tests: Tests, ids: Sequence[str], _test: str) -> Trace | None:
    """Return how all tests run once with a hook that asks V8 after each."""
    by_name: dict[str, list[str]] = {}
    for each in ids:
        holder, _, name = each.rpartition("::")
        by_name.setdefault(f"{holder}.{name}" if holder not in ("", "test") else name, []).append(each)

    def read(folder: str, _root: str) -> Ran:
        found: dict[str, list[dict[str, frozenset[int]]]] = {}
        for path in glob.glob(os.path.join(glob.escape(folder), TRACE, "*.jsonl")):
            with open(path, encoding="utf-8", errors="replace") as file:
                for said in map(json.loads, file):
                    lines = {each["url"]: _lines(folder, each) for each in said["scripts"]}
                    parts = said["name"].split(" > ")
                    for test in by_name.get(".".join(parts), by_name.get(parts[-1], ())):
                        found.setdefault(test, []).append(lines)
        return {test: merged(each) for test, each in found.items()}

    environment = {"NODE_OPTIONS": f"--import=file://{HOOK}", "AUTONAV_TRACE": TRACE}
    return Trace(_tests.argv, environment, (os.path.dirname(HOOK),), read)


def _lines(folder: str, script: dict[str, object]) -> frozenset[int]:
    path = os.path.normpath(os.path.join(folder, str(script["url"])))
    functions = script["functions"]
    if not path.startswith(folder) or not os.path.isfile(path) or not isinstance(functions, list):
        return frozenset()
    with open(path, "rb") as file:
        return v8_lines(file.read(), functions)


def _trace_jest(tests: Tests, _ids: Sequence[str], test: str) -> Trace | None:
    flags = ("--coverage", "--coverageProvider=babel", "--coverageReporters=json", f"--coverageDirectory={TRACE}")
    return Trace((*tests.argv, *flags, *_select_jest((), [test])), {}, (), lambda *at: _istanbul(test, *at), ALONE)


def _trace_vitest(tests: Tests, _ids: Sequence[str], test: str) -> Trace | None:
    provider = next(
        (
            name
            for name in ("istanbul", "v8")
            if any(os.path.isdir(os.path.join(each, "@vitest", f"coverage-{name}")) for each in tests.readable)
        ),
        None,
    )
    if provider is None:
        said = "without @vitest/coverage-v8 nobody knows which lines ran: all that its test file imports is suspected"
        return Trace((), {}, (), lambda folder, _root: {test: _imported(folder, test.partition(" > ")[0])}, said)
    flags = ("--coverage.enabled", f"--coverage.provider={provider}", "--coverage.reporter=json",
             f"--coverage.reportsDirectory={TRACE}", "--coverage.reportOnFailure")  # fmt: skip
    return Trace((*tests.argv, *flags, *_select_vitest((), [test])), {}, (), lambda *at: _istanbul(test, *at), ALONE)


def _imported(folder: str, test_file: str) -> dict[str, frozenset[int]]:
    """Return all lines of the files that a file imports by relative paths, and those import, by path."""
    found: dict[str, frozenset[int]] = {}
    waiting = [test_file]
    while waiting:
        path = waiting.pop()
        try:
            with open(os.path.join(folder, path), encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        found[path] = frozenset(range(1, text.count("\n") + 2))
        for match in IMPORT.finditer(text):
            named = os.path.normpath(os.path.join(os.path.dirname(path), match["path"]))
            tried = (named, *(named + each for each in SUFFIXES), *(f"{named}/index{each}" for each in SUFFIXES))
            tried = (*tried, os.path.splitext(named)[0] + ".ts")  # which TypeScript lets be imported as .js
            inner = next((each for each in tried if os.path.isfile(os.path.join(folder, each))), None)
            if inner is not None and inner not in found and not inner.startswith(".."):
                waiting.append(inner)
    return found


def _istanbul(test: str, folder: str, root: str) -> Ran:
    try:
        with open(os.path.join(folder, TRACE, "coverage-final.json"), "rb") as file:
            found = istanbul_lines(file.read())
    except OSError:
        return {}
    below = {
        path[len(each) + 1 :]: lines
        for path, lines in found.items()
        for each in (folder, root)
        if path.startswith(each.rstrip(os.sep) + os.sep)
    }
    return {test: below}


TOOLCHAIN = Toolchain("node", tests, is_test_file, SUFFIXES, explored=True)
